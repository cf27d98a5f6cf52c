"""Ask a server on a unix socket whether it serves, without a client library."""

import socket

PATIENCE = 1.0
"""Seconds a server may take to answer PING before it counts as not answering."""


def answers(path: str) -> bool:
    """Whether the server at the socket `path` answers PING with PONG; one that still loads does not."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        try:
            connection.connect(path)
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
