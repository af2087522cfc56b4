"""Writes the digest of every image of others that we build on or run: `python -m tools.images` (needs docker, and the
registry). A tag may be moved; a digest is one image. Change a tag in the files, then run this.
"""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = ("docker-compose.yml", "deploy/Dockerfile")
IMAGE = re.compile(
    r"(?P<before>^ARG PYTHON_IMAGE=|^ +image: )(?P<tag>[\w./-]+:[\w.-]+)(?:@sha256:[0-9a-f]{64})?$", re.MULTILINE
)
OURS = "tilde-stats:"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def digest_of(tag: str) -> str:
    """What the registry has under the tag: of all its platforms. Raises CalledProcessError, ValueError."""
    command = ["docker", "buildx", "imagetools", "inspect", tag, "--format", "{{.Manifest.Digest}}"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    if not DIGEST.fullmatch(told):
        raise ValueError(f"docker says {told!r} of {tag}")
    return told


def pinned(text: str) -> str:
    """The text with a digest behind each tag."""

    def with_digest(match: re.Match[str]) -> str:
        tag = match["tag"]
        return match[0] if tag.startswith(OURS) else f"{match['before']}{tag}@{digest_of(tag)}"

    return IMAGE.sub(with_digest, text)


def main() -> None:
    """Writes both files, or neither."""
    texts = {ROOT / name: pinned((ROOT / name).read_text()) for name in FILES}
    for path, text in texts.items():
        path.write_text(text)


if __name__ == "__main__":
    main()
