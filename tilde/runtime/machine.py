"""What the machine refuses, in words for its operator: disks that are full, folders that cannot be written."""

import errno

_CURES = {
    errno.ENOSPC: "free some space there, and start again",
    errno.EDQUOT: "the quota of this user is used up",
    errno.EROFS: "the file system is mounted read-only",
    errno.EACCES: "see to its owner and rights",
    errno.EPERM: "see to its owner and rights",
    errno.EMFILE: "raise the limit: ulimit -Hn, LimitNOFILE=",
    errno.ENFILE: "the whole machine has no descriptors left",
    errno.ENOMEM: "the machine has no memory left",
    errno.EIO: "the disk is broken, or gone",
}
_OTHERS = {errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP, errno.EFBIG, errno.EPIPE}


def cure_of(error: OSError) -> str:
    """What helps against an error, in brackets; nothing where nobody knows."""
    cure = _CURES.get(error.errno or 0)
    return f" ({cure})" if cure else ""


def told(error: OSError) -> str | None:
    """The error in one line; None where it is none of the machine's, but a bug of ours."""
    if error.errno not in _CURES and error.errno not in _OTHERS:
        return None
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror}{cure_of(error)}"
