"""What the Python drivers share: cases come in as lines of JSON, what was seen goes out as such."""

import base64
import binascii
import json
import pathlib
import sys
import urllib.error
import urllib.request


class Seen(dict):
    """What a case shows: pictures, events, figures, or an error."""

    def __init__(self, name, folder):
        super().__init__(name=name, images=[], failures=0, empty=0, previews=0, events=[])
        self.folder = folder

    def picture(self, b64_json, url):
        """Uses a picture as the clients' own examples do: decodes the text, or follows the link."""
        if b64_json:
            try:
                data = base64.b64decode(b64_json)
            except binascii.Error:
                data = b""
        elif url:
            try:
                with urllib.request.urlopen(url, timeout=10) as answer:
                    data = answer.read()
            except urllib.error.HTTPError as error:
                self["dead_link"] = error.code
                return
        else:
            self["empty"] += 1
            return
        suffix = "png" if data[1:4] == b"PNG" else "jpg"
        path = self.folder / f"{self['name']}-{len(self['images'])}.{suffix}"
        path.write_bytes(data)
        self["images"].append(str(path))

    def item(self, item):
        """One entry of `data`."""
        if getattr(item, "error", None):
            self["failures"] += 1
        else:
            self.picture(getattr(item, "b64_json", None), getattr(item, "url", None))

    def usage(self, usage):
        """The figures, read by the names the client documents."""
        if usage is None:
            return
        # In a stream, one of the clients leaves it a dictionary.
        get = usage.get if isinstance(usage, dict) else lambda name: getattr(usage, name, None)
        names = ("input_tokens", "output_tokens", "total_tokens", "generated_images")
        self["usage"] = {name: get(name) for name in names}
        self["usage"]["input_image_tokens"] = getattr(get("input_tokens_details"), "image_tokens", None)

    def answer(self, answer):
        """The answer to a plain call."""
        if isinstance(answer, str):
            self["returned"] = "text"
            return
        self["returned"] = "answer"
        self["created"] = type(getattr(answer, "created", None)).__name__
        self.usage(getattr(answer, "usage", None))
        for item in answer.data:
            self.item(item)

    def stream(self, events):
        """The events of a stream, each used as it comes."""
        self["returned"] = "events"
        for event in events:
            kind = getattr(event, "type", None) or ""
            index = getattr(event, "partial_image_index", None)
            if index is None:
                index = getattr(event, "image_index", None)
            self["events"].append(kind if index is None else f"{kind} {index}")
            verb = kind.rpartition(".")[2]
            if verb == "partial_image":
                self["previews"] += 1
            elif verb == "partial_failed":
                self["failures"] += 1
            elif verb in ("completed", "partial_succeeded"):
                b64_json, url = getattr(event, "b64_json", None), getattr(event, "url", None)
                if b64_json or url:
                    self.picture(b64_json, url)
            if verb == "completed":
                self["finished"] = True
                self.usage(getattr(event, "usage", None))

    def error(self, error, is_own):
        """What was raised, and what it tells."""
        body = getattr(error, "body", None)
        get = body.get if isinstance(body, dict) else lambda name: None
        self["error"] = {
            "kind": type(error).__name__,
            "own": is_own,
            "status": getattr(error, "status_code", None),
            "code": text(getattr(error, "code", None) or get("code")),
            "param": text(getattr(error, "param", None) or get("param")),
            "message": str(error),
            "request_id": text(getattr(error, "request_id", None)),
        }


def text(value):
    return None if value is None else str(value)


def run(version, call, own_error):
    """Carries out cases until there are no more."""
    base_url, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    # Whatever the client prints is not for who reads this.
    output, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps({"version": version}), file=output, flush=True)
    for line in sys.stdin:
        case = json.loads(line)
        seen = Seen(case["name"], folder)
        try:
            call(base_url, case, seen)
        except Exception as error:
            seen.error(error, isinstance(error, own_error))
        print(json.dumps(seen), file=output, flush=True)
