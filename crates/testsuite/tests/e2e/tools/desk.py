"""A ticketing tool that answers over HTTPS and keeps what it is asked: desk.py PORT CERTIFICATE KEY LOG."""

import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

port, certificate, key, log = sys.argv[1:]
TICKETS = {"INC-1": "open", "INC-2": "closed"}


class Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with open(log, "a") as file:
            file.write(f"{self.path} {self.headers.get('Authorization')}\n")
        if self.headers.get("Authorization") != "Bearer jeton-fictif":
            return self.say(401, {"error": "who are you?"})
        state = TICKETS.get(self.path.removeprefix("/tickets/"))
        if state is None:
            return self.say(404, {"error": "no such ticket"})
        return self.say(200, {"ticket": {"state": state}})

    def say(self, status, answer):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", int(port)), Desk)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.minimum_version = ssl.TLSVersion.TLSv1_3
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
