"""Servers whose TLS is bad in one way each, for the tests of the load engine and for ci/bad-tls.

usage: bad-tls-servers.py CERTIFICATES [KIND...]

CERTIFICATES is a directory with good.crt, expired.crt, wrong-name.crt, untrusted.crt and a .key beside each. Prints one
line, `KIND PORT`, for each server, then serves until it is killed.
"""

import os
import socket
import ssl
import struct
import sys
import threading
import warnings

BODY = b'{"status":"healthy"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


def context(certificates, name):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(os.path.join(certificates, name + ".crt"), os.path.join(certificates, name + ".key"))
    return made


def old_context(certificates):
    """TLS 1.0 alone, which today's OpenSSL only speaks at its lowest security level."""
    made = context(certificates, "good")
    made.set_ciphers("ALL:@SECLEVEL=0")
    warnings.simplefilter("ignore", DeprecationWarning)
    made.minimum_version = ssl.TLSVersion.TLSv1
    made.maximum_version = ssl.TLSVersion.TLSv1
    return made


def certificate_context(certificates):
    """Asks the client for a certificate, which TLS 1.3 refuses only after the client's own handshake is over."""
    made = context(certificates, "good")
    made.verify_mode = ssl.CERT_REQUIRED
    return made


def refuse_without_certificate(connection, secured):
    session = secured.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    with session:
        try:
            session.do_handshake()
        except ssl.SSLError:
            # What the client has sent meanwhile is read, or closing would reset the connection before it sees the reason.
            while os.read(session.fileno(), 65536):
                pass


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def serve_answers(connection, secured, answer):
    """Answers requests over one connection until the client ends it."""
    with secured.wrap_socket(connection, server_side=True) as session:
        received = b""
        while True:
            piece = session.recv(65536)
            if not piece:
                session.unwrap()
                return
            received += piece
            while b"\r\n\r\n" in received:
                _, received = received.split(b"\r\n\r\n", 1)
                if not answer(session):
                    return


def whole(session):
    session.sendall(ANSWER)
    return True


def byte_by_byte(session):
    """Each byte in a record of its own."""
    for byte in ANSWER:
        session.sendall(bytes([byte]))
    return True


def without_end(session):
    """An answer that ends with the connection, which ends without close_notify: closing a session does not send it."""
    session.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + BODY)
    return False


def half_record(connection):
    """The beginning of a record that announces much more, instead of an answer to the hello."""
    connection.recv(65536)
    connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x00")


def reset_in_handshake(connection):
    half_record(connection)
    reset(connection)


def close_in_handshake(connection):
    half_record(connection)


def slow_handshake(connection):
    """Begins to answer the hello, and lets the client wait for the rest."""
    half_record(connection)
    while connection.recv(65536):
        pass


def not_tls(connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def kinds(certificates):
    good, old = context(certificates, "good"), old_context(certificates)

    def answering(secured, answer=whole):
        return lambda connection: serve_answers(connection, secured, answer)

    return {
        "expired": answering(context(certificates, "expired")),
        "wrong-name": answering(context(certificates, "wrong-name")),
        "unknown-authority": answering(context(certificates, "untrusted")),
        "tls-1.0": answering(old),
        "reset-in-handshake": reset_in_handshake,
        "close-in-handshake": close_in_handshake,
        "slow-handshake": slow_handshake,
        "not-tls": not_tls,
        "client-certificate-wanted": lambda connection: refuse_without_certificate(connection, certificate_context(certificates)),
        "close-without-notify": answering(good, without_end),
        "one-byte-records": answering(good, byte_by_byte),
    }


def listen(treat):
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)

    def one(connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with connection:
                treat(connection)
        except (OSError, ssl.SSLError):
            pass  # What a client does with a bad server is not this server's concern.

    def loop():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()
    return listener.getsockname()[1]


def main():
    available = kinds(sys.argv[1])
    for kind in sys.argv[2:] or available:
        if kind not in available:
            sys.exit(f"unknown kind {kind}: expected {', '.join(available)}")
        print(kind, listen(available[kind]), flush=True)
    threading.Event().wait()


main()
