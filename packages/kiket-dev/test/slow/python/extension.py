"""An extension of Kiket without a framework: nothing moves to "done" that has no assignee."""

import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = os.environ["KIKET_WEBHOOK_SECRET"].encode()


def verify(headers, body):
    timestamp = headers.get("X-Kiket-Timestamp", "")
    signed = hmac.new(SECRET, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    is_fresh = timestamp.isdigit() and abs(time.time() - int(timestamp)) <= 300  # seconds
    return is_fresh and hmac.compare_digest(signed, headers.get("X-Kiket-Signature", "").removeprefix("sha256="))


def decide(delivery):
    if delivery["event"] != "workflow.before_transition":
        return {"status": "ignored", "event": delivery["event"]}
    is_denied = delivery["transition"]["to"] == "done" and not delivery["issue"].get("assignee_id")
    return {"status": "deny", "message": "Assign the issue first."} if is_denied else {"status": "allow"}


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_genuine = verify(self.headers, body)
        answer = decide(json.loads(body)) if is_genuine else {"error": {"code": "signature_mismatch"}}
        self.send_response(200 if is_genuine else 401)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())


server = HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8000"))), Receiver)
print(f"http://127.0.0.1:{server.server_port}/webhook", flush=True)
server.serve_forever()
