"""Serve one result to a browser on this machine, and to no other machine.

The server listens on 127.0.0.1 only. Every address begins with a random token. A request for
another host (DNS rebinding) is refused. No path on disk is ever built from a request: a name is
looked up among the files that were found when the result was opened, and another file that takes
the name of one is not served.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Iterator
from importlib import resources
from io import BufferedReader
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crossres.types import FileFormatError, SettingsError
from crossres.viewer.folder import ResultFolder
from crossres.viewer.opened_folder import OpenedFile

HOST = "127.0.0.1"
_HOSTS = (HOST, "localhost")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
_BLOCK = 1 << 20
_HEADERS = {
    # NiiVue holds its font in data: addresses; all else comes from this server.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Viewer:
    """A server for one result.

    Args:
        shown: The result and its maps.
        port: Port of 127.0.0.1; 0 for a free one.

    Raises:
        SettingsError: The port is taken or not allowed.

    Example:
        >>> viewer = Viewer(open_result("SR.nii.gz"))  # doctest: +SKIP
        >>> print(viewer.url)  # doctest: +SKIP
        >>> viewer.run()  # doctest: +SKIP
    """

    def __init__(self, shown: ResultFolder, *, port: int = 0) -> None:
        self._listener = _listen(port)
        self.port: int = self._listener.getsockname()[1]
        self._token, self._ticket = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._pages = _Pages(shown, self._token)
        # The page reports a response that ends early; a traceback would help no user.
        config = uvicorn.Config(
            self._application(), log_config=None, log_level="critical", access_log=False,
            server_header=False, lifespan="off", ws="none", timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)

    @property
    def url(self) -> str:
        """Address of the page."""
        return f"http://{HOST}:{self.port}/{self._token}/"

    @property
    def ticket_url(self) -> str:
        """Address that opens the page once: other users can read the command line of a browser."""
        return f"http://{HOST}:{self.port}/open/{self._ticket}"

    def run(self) -> None:
        """Serve until :meth:`stop` or Ctrl-C, which is raised again."""
        self._server.run(sockets=[self._listener])

    def stop(self) -> None:
        """End :meth:`run`, from another thread."""
        self._server.should_exit = True

    def _application(self) -> Starlette:
        routes = [
            Route("/open/{ticket}", self._redeem, methods=["GET"]),
            Route("/{token}/{name:path}", self._pages.respond, methods=["GET"]),
        ]
        hosts = Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS, www_redirect=False)
        return Starlette(routes=routes, middleware=[Middleware(_Headers), hosts])

    async def _redeem(self, request: Request) -> Response:
        """Redirect to the page, the first time."""
        if not _same(request.path_params["ticket"], self._ticket):
            return _nothing()
        self._ticket = secrets.token_urlsafe(32)
        return RedirectResponse(self.url, status_code=303)


class _Pages:
    """The content below the token: the page's own files, the description, the volumes."""

    def __init__(self, shown: ResultFolder, token: str) -> None:
        self.token, self.volumes, self.description = token, shown.opened, _description(shown)
        folder = resources.files("crossres.viewer") / "static"
        own = (entry for entry in folder.iterdir() if Path(entry.name).suffix in _TYPES)
        self.static = {entry.name: entry.read_bytes() for entry in own}  # they are small

    async def respond(self, request: Request) -> Response:
        """Return the content of a name; the same answer for a wrong token and a wrong name.

        Args:
            request: With the token and the name in its path.

        Returns:
            The content, or status 404.
        """
        if not _same(request.path_params["token"], self.token):
            return _nothing()
        name = request.path_params["name"] or "index.html"
        if name == "result.json":
            content, status = self.description
            return Response(content, status_code=status, media_type="application/json")
        if name in self.static:
            return Response(self.static[name], media_type=_TYPES[Path(name).suffix])
        return _volume(self.volumes[name]) if name in self.volumes else _nothing()


class _Headers:
    """Add the security headers to every response."""

    def __init__(self, application: ASGIApp) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self.application(scope, receive, send_with_headers)


def _description(shown: ResultFolder) -> tuple[bytes, int]:
    """Return what the page shows, or the reason why it cannot be sent as JSON, and the status."""
    try:
        return json.dumps(shown.describe(), ensure_ascii=False, allow_nan=False).encode(), 200
    except (ValueError, RecursionError):
        problem = (
            f"the JSON file of {shown.result.name} holds what JSON does not allow (NaN, infinity, "
            "half a character, or too many levels); repair or remove it, and start the viewer again"
        )
        return json.dumps({"problem": problem}).encode(), 422


def _volume(file: OpenedFile) -> Response:
    """Return a file, unless it is gone or another one has its name since the start."""
    try:
        stream = file.stream()
    except FileFormatError:
        return _nothing()
    size = os.fstat(stream.fileno()).st_size
    return StreamingResponse(
        _blocks(stream, size), media_type="application/octet-stream",
        headers={"content-length": str(size)},
    )  # fmt: skip


def _blocks(stream: BufferedReader, size: int) -> Iterator[bytes]:
    """Yield the bytes that the file had when the response began."""
    with stream:
        while size > 0 and (block := stream.read(min(_BLOCK, size))):
            size -= len(block)
            yield block


def _nothing() -> Response:
    return Response("There is nothing here.", status_code=404, media_type=_TYPES[".txt"])


def _same(given: str, expected: str) -> bool:
    """Compare in a time that does not depend on the place of the first difference."""
    return secrets.compare_digest(given.encode(), expected.encode())


def _listen(port: int) -> socket.socket:
    """Return a socket that is open to this machine only."""
    if not 0 <= port < 2**16:
        raise SettingsError(
            f"`port` must be from 1 to 65535, got {port}; by default it is a free one"
        )
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        reason = error.strerror or error
        raise SettingsError(
            f"port {port} cannot be used: {reason}; choose another `port`, or leave it out"
        ) from error
