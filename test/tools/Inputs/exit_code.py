"""exit_code.py CODE COMMAND...: succeeds if the command ends with just this exit code."""

import subprocess
import sys

found = subprocess.call(sys.argv[2:])
if found != int(sys.argv[1]):
    sys.exit(f"expected exit code {sys.argv[1]}, got {found}")
