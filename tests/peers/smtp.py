"""A mail server for tests: aiosmtpd with STARTTLS and a password. Prints its port, then each message as a line of JSON.

Usage: smtp.py CERTIFICATE KEY USER PASSWORD
"""

import asyncio
import json
import ssl
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, AuthResult


def say(line):
    print(line, flush=True)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        if address.startswith("busy@"):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        # Lines end in CRLF on the wire; some versions of Python's reader keep that.
        parts = {
            part.get_content_type(): "\n".join(part.get_content().strip().splitlines())
            for part in mail.walk()
            if not part.is_multipart()
        }
        say(json.dumps({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": mail["subject"],
            "id": mail["message-id"],
            "tls": session.ssl is not None,
            "parts": parts,
        }))
        return "250 OK"


async def main():
    certificate, key, user, password = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def check(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (user.encode(), password.encode()))

    def protocol():
        return SMTP(Handler(), authenticator=check, tls_context=context, require_starttls=True, auth_required=True)

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    say(server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main())
