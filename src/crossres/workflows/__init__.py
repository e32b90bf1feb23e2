"""From files to files: what the verbs of the command line do."""
