"""Receives Alertmanager's webhooks, and prints a line per alert: path, state, name, job, component."""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for alert in body["alerts"]:
            labels = alert["labels"]
            words = [labels.get(label, "-") for label in ("alertname", "job", "component")]
            print(self.path.strip("/"), alert["status"], *words)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
print("listening")
server.serve_forever()
