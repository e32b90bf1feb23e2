"""The pages of the documentation, the blocks of code on them, and the commands in those."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(p for p in DOCS.rglob("*.md") if "_build" not in p.parts)]

_FENCED = re.compile(r"^```([\w-]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"^(?: {4}\S.*\n)+", re.MULTILINE)
_COMMAND = re.compile(r"^(?:[A-Z_]+=\S+ )?(?:crossres|python3?|pip|dask|sbatch|ssh) ", re.MULTILINE)
_LANGUAGES = {"python": "python", "bash": "shell", "sh": "shell", "console": "shell"}
_NO_CODE = {"text", "json", "floors"}
_INSTEAD = re.compile(r"\$\([^()]*\)")
_ASSIGNED = re.compile(r"[A-Z_]+=")
_ENDS = {"&&", "&", ";", "|", "||"}


def page_id(page: Path) -> str:
    """Name a page as a reader would."""
    return page.relative_to(ROOT).as_posix()


@dataclass(frozen=True)
class Command:
    """A command and the exit code that the page states.

    Args:
        words: Its words, without comment and without variables set for it.
        code: 0, unless a comment says ``exit code 1``.
    """

    words: list[str]
    code: int = 0


@dataclass(frozen=True)
class Block:
    """Some lines of code.

    Args:
        language: ``"python"``, ``"shell"``, or what is on the fence where it is neither.
        line: Line of the page that it begins after.
        text: The code.
    """

    language: str
    line: int
    text: str

    @property
    def loops(self) -> bool:
        """Whether it takes a shell to run it."""
        return self.language == "shell" and re.search(r"^for ", self.text, re.M) is not None

    @property
    def commands(self) -> list[Command]:
        """The commands of a block of shell, in order."""
        joined = _INSTEAD.sub("X", self.text.replace("\\\n", " "))
        return [command for line in joined.splitlines() for command in _split(line)]


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    text = page.read_text("utf-8")
    found = []
    for match in _FENCED.finditer(text):
        fence, code = match.groups()
        bare = "shell" if not fence and _COMMAND.search(code) else fence
        found.append(Block(_LANGUAGES.get(fence, bare), text.count("\n", 0, match.start(2)), code))
    return found


def no_code(block: Block) -> bool:
    """Return whether a block is plain text, and nothing in it looks like code."""
    plain = block.language in _NO_CODE or not block.language
    return plain and not re.search(r"^(?:crossres \w+ -|from \w+ import|import )", block.text, re.M)


def mentioned(page: Path) -> list[Command]:
    """Return the commands indented by four spaces: those that made the numbers of the page."""
    text = _FENCED.sub("", page.read_text("utf-8"))
    found = [match.group() for match in _INDENTED.finditer(text)]
    shown = [re.sub(r"^ {4}|[][]", "", code, flags=re.M) for code in found]
    return [c for code in shown if _COMMAND.search(code) for c in Block("", 0, code).commands]


def _split(line: str) -> list[Command]:
    """Return the commands of one line."""
    stated = re.search(r"# .*exit code (\d+)", line)
    code = int(stated.group(1)) if stated else 0
    commands: list[list[str]] = [[]]
    for word in shlex.split(line, comments=True):
        if word in _ENDS:
            commands.append([])
        elif commands[-1] or not _ASSIGNED.match(word):
            commands[-1].append(word)
    return [Command(words, code) for words in commands if words]
