# SPDX-License-Identifier: Apache-2.0
"""`-user NAME`: from root to an ordinary user who may still bind ports below 1024.

It happens while there is one thread, since capabilities are a thread's own, and so before anything
listens; the capability that stays binds the first ports and those of every reload.

1. the user and its groups are looked up, and the folders made that systemd would make for a unit
2. the bounding set is emptied, user and groups change, all capabilities but one go
3. no program that is started later can gain privileges
4. the environment is that user's
"""

import os
import pwd
import stat
from collections.abc import Mapping, MutableMapping
from pathlib import Path

import dns

import resolver
from resolver.command import capabilities
from resolver.command.options import Fatal
from resolver.control.places import SYSTEM
from resolver.errors import reason

FOLDERS: Mapping[str, Path] = {
    "RUNTIME_DIRECTORY": SYSTEM,
    "STATE_DIRECTORY": Path("/var/lib/rootward"),
}


def become(
    name: str,
    environment: MutableMapping[str, str],
    folders: Mapping[str, Path] = FOLDERS,
) -> None:
    """Be the user `name` from now on, with CAP_NET_BIND_SERVICE and nothing else of root's.

    The only thread calls. `environment` is changed to the user's. `folders` are by the variable
    that names each: those that it does not name are made, and the user's.

    Raises Fatal; then the process must end, for it may have given up some of its privileges.
    """
    if os.geteuid() != 0:
        raise Fatal(
            f"-user {name}: only root can become another user;"
            f" start rootward as root, or as {name} without -user"
        )
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        raise Fatal(f"-user {name}: there is no such user") from None
    if user.pw_uid == 0:
        raise Fatal(f"-user {name}: that is root; name a user without privileges")
    for variable, folder in folders.items():
        if not environment.get(variable):
            _own(name, variable, folder, user)
            environment[variable] = str(folder)
    try:
        _change(user)
    except OSError as error:
        raise Fatal(f"-user {name}: {reason(error)}") from error
    for variable in [each for each in environment if each.startswith("XDG_")]:
        del environment[variable]
    environment.update({"HOME": user.pw_dir, "USER": name, "LOGNAME": name})
    for package in (resolver, dns):
        folder = Path(package.__path__[0])
        if not os.access(folder, os.R_OK | os.X_OK):
            raise Fatal(
                f"-user {name}: {folder} is closed to that user, who has to import from it;"
                " install rootward where everybody may read, such as /opt"
            )


def _change(user: pwd.struct_passwd) -> None:
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    capabilities.bound_to(capabilities.NET_BIND_SERVICE)
    capabilities.keep_permitted(True)
    os.setgroups(groups)
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    capabilities.keep_only(capabilities.NET_BIND_SERVICE)
    capabilities.keep_permitted(False)
    capabilities.gain_nothing()


def _own(name: str, variable: str, folder: Path, user: pwd.struct_passwd) -> None:
    """Make a folder the user's. One that another user has is left alone.

    What root has there it left itself, running without -user.
    """
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            found = os.fstat(descriptor)
            if found.st_uid != 0 or stat.S_IMODE(found.st_mode) & 0o022:
                return
            for file in os.listdir(descriptor):  # noqa: PTH208 -- of a descriptor
                os.chown(file, user.pw_uid, user.pw_gid, dir_fd=descriptor, follow_symlinks=False)
            os.fchown(descriptor, user.pw_uid, user.pw_gid)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Fatal(
            f"-user {name}: {folder}: {reason(error)}; the variable {variable} names another folder"
        ) from error
