"""A relay for mail that keeps what it takes: relay.py starttls|tls|plain PORT CERTIFICATE KEY FOLDER."""

import email
import email.policy
import itertools
import os
import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

security, port, certificate, key, folder = sys.argv[1:]
numbers = itertools.count()


class Keep:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        socket = server.transport.get_extra_info("ssl_object")
        lines = [
            f"tls: {socket.version() if socket else 'none'}",
            f"login: {session.auth_data.decode() if session.auth_data else 'none'}",
            f"to: {' '.join(envelope.rcpt_tos)}",
            f"id: {mail['Message-ID']}",
            f"subject: {mail['Subject']}",
            "",
            mail.get_content(),
        ]
        name = os.path.join(folder, f"{next(numbers):04}")
        with open(name, "w") as file:
            file.write("\n".join(lines))
        os.rename(name, name + ".mail")
        return "250 kept"


def authenticate(server, session, envelope, mechanism, data):
    right = data.login == b"porte" and data.password == b"mot-de-passe-fictif"
    return AuthResult(success=right, auth_data=data.login)


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)


class Relay(Controller):
    def factory(self):
        if security == "plain":
            return SMTP(self.handler)
        asked = dict(authenticator=authenticate, auth_required=True)
        if security == "tls":
            return SMTP(self.handler, auth_require_tls=False, **asked)
        return SMTP(self.handler, tls_context=context, require_starttls=True, **asked)


more = {"ssl_context": context} if security == "tls" else {}
Relay(Keep(), hostname="127.0.0.1", port=int(port), **more).start()
threading.Event().wait()
