# SPDX-License-Identifier: Apache-2.0
"""A network of the tests' own: a namespace with nothing in it but the loopback interface.

The mini internet listens on port 53 of 127.53.0.0/16 and of a few IPv6 addresses. In a namespace of
its own that disturbs nobody, needs no privilege beyond making one, and no packet can leave. It must
be entered before the first thread starts. Run as a command it enters one for another program:

    python -m tests.namespace COMMAND [ARG...]

Started by sudo, the command then runs as the user who called sudo, and may still capture packets.
"""

import ctypes
import errno
import fcntl
import os
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ENTERED = "ROOTWARD_NETNS"  # set to "entered" once a parent process has made the namespace
PROBE_V4 = "127.53.0.1"
ADDRESSES_V6 = ("fd53::1", "fd53::1:1", "fd53::2:1", "fd53::3:1", "fd53::6:1")

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1
_RTM_NEWADDR = 20
_CREATE_AND_ACKNOWLEDGE = 0x605  # NLM_F_REQUEST, _ACK, _EXCL, _CREATE
_IFA_F_NODAD = 0x02
_PORT_START = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


@dataclass(frozen=True, slots=True)
class Network:
    """What the tests may use: where they are, and what is missing for the mini internet."""

    isolated: bool
    ipv6: bool
    problem: str | None

    def describe(self) -> str:
        """Return one line for a person."""
        if self.problem is not None:
            return self.problem
        where = "a network namespace of its own" if self.isolated else "this host's 127.53.0.0/16"
        return f"on {where}, {'IPv4 and IPv6' if self.ipv6 else 'IPv4 only'}"


def enter() -> Network:
    """Enter a network namespace and prepare its loopback; where that cannot be, use the host's.

    No thread but the main one may run. A namespace that was entered before is used as it is.
    """
    isolated = is_isolated()
    refusal = None
    if not isolated:
        try:
            _unshare()
        except OSError as error:
            refusal = error.strerror
        else:
            isolated = True
    if isolated:
        _prepare()
        os.environ[ENTERED] = "entered"
    problem = None
    refused = _bind_error(PROBE_V4, 53)
    # in a network of our own a mini internet that runs already is in nobody's way
    if refused is not None and not (isolated and refused.errno == errno.EADDRINUSE):
        problem = f"port 53 of {PROBE_V4} cannot be bound: {refused.strerror}"
        if refusal is not None:
            problem += f", and no network namespace made: {refusal} (run as root, or by sudo)"
    return Network(isolated, can_bind(ADDRESSES_V6[0]), problem)


def is_isolated() -> bool:
    """Tell whether this process is in a namespace that was made for tests.

    Said by the environment, or seen by this: there is no interface but the loopback one and the
    tunnels that the kernel puts into each namespace.
    """
    if os.environ.get(ENTERED) == "entered":
        return True
    kernels_own = ("lo", "sit", "tunl", "gre", "erspan", "ip_vti", "ip6", "teql")
    return all(name.startswith(kernels_own) for _, name in socket.if_nameindex())


def can_bind(address: str, port: int = 53) -> bool:
    """Tell whether both UDP and TCP port of a local address can be bound now."""
    return _bind_error(address, port) is None


def _bind_error(address: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        try:
            with socket.socket(family, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except OSError as error:
            return error
    return None


def _unshare() -> None:
    """Leave the host's network; without privilege, by way of a user namespace of one user."""
    if os.geteuid() == 0:
        _call_unshare(_CLONE_NEWNET)
        return
    user, group = os.geteuid(), os.getegid()
    _call_unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    # user_namespaces(7): setgroups must be denied before an unprivileged process maps its group
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _call_unshare(flags: int) -> None:
    if sys.version_info >= (3, 12):
        os.unshare(flags)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def _prepare() -> None:
    """Bring the loopback up, give it the IPv6 addresses, and open ports below 1024 to everybody.

    A step that is refused was done by whoever made the namespace, or shows when a port is bound.
    """
    for step in (_bring_up, _open_low_ports, *(_adder(address) for address in ADDRESSES_V6)):
        try:
            step()
        except (PermissionError, FileExistsError, FileNotFoundError):
            continue
        except OSError as error:
            if step in (_bring_up, _open_low_ports):
                raise
            print(f"no IPv6 on the loopback: {error.strerror}", file=sys.stderr)
            return


def _bring_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(control, _SIOCGIFFLAGS, request), 16)
        request = struct.pack("16sh14x", b"lo", flags | _IFF_UP)
        fcntl.ioctl(control, _SIOCSIFFLAGS, request)


def _open_low_ports() -> None:
    _PORT_START.write_text("0")


def _adder(address: str) -> Callable[[], None]:
    def add() -> None:
        # rtnetlink(7): struct ifaddrmsg, then the attribute IFA_ADDRESS. An ioctl would leave the
        # address tentative for a moment, in which no port of it can be bound.
        octets = socket.inet_pton(socket.AF_INET6, address)
        index = socket.if_nametoindex("lo")
        body = struct.pack(
            "=BBBBIHH16s", socket.AF_INET6, 128, _IFA_F_NODAD, 0, index, 20, 1, octets
        )
        header = struct.pack("=IHHII", 16 + len(body), _RTM_NEWADDR, _CREATE_AND_ACKNOWLEDGE, 1, 0)
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as control:
            control.send(header + body)
            # struct nlmsghdr, then the error as a negative number
            (error,) = struct.unpack_from("=i", control.recv(4096), 16)
        if error:
            raise OSError(-error, os.strerror(-error))

    return add


def main(command: list[str]) -> int:
    """Run a command in a namespace; return only if that cannot be done."""
    if not command:
        print("usage: python -m tests.namespace COMMAND [ARG...]", file=sys.stderr)
        return 2
    network = enter()
    if network.problem is not None:
        print(f"tests.namespace: {network.problem}", file=sys.stderr)
        return 1
    user, group = os.environ.get("SUDO_UID"), os.environ.get("SUDO_GID")
    if os.geteuid() == 0 and user and group:
        keep = ["--inh-caps", "+net_raw", "--ambient-caps", "+net_raw"]
        command = [
            "setpriv",
            f"--reuid={user}",
            f"--regid={group}",
            "--init-groups",
            *keep,
            *command,
        ]
    os.execvp(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
