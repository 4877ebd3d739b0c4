#!/usr/bin/env python3
"""Builds a branch with nothing but Python's standard library: build.py BRANCH KEY

TWINHULL_URL names the service, TWINHULL_TOKEN_FILE the file of an API token. The same KEY gets the same build again,
so that a call that broke off can simply be made once more.
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

URL = os.environ["TWINHULL_URL"]
TOKEN = Path(os.environ["TWINHULL_TOKEN_FILE"]).read_text().strip()
RECIPE = Path(os.environ.get("RECIPE", Path(__file__).with_name("recipe.json")))


def call(path, body=None, timeout=120, **headers):
    """Opens a response; an error is raised with the hint of the service."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data=data)
    # Not carried along a redirect: the token is for this address alone.
    request.add_unredirected_header("Authorization", f"Bearer {TOKEN}")
    if data is not None:
        request.add_header("Content-Type", "application/json")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        return urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        if error.code >= 500 or error.code == 429:
            raise
        problem = json.load(error)
        sys.exit(f"{problem['detail']} [{problem['code']}]: {problem['hint']}")


def messages(answer):
    """The messages of a stream; one that was cut off in the middle is left out."""
    message = {}
    for line in answer:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name:
            message[name] = value
        elif message:
            yield message
            message = {}


def events(build):
    """Every event of a build to its end, each once, however often the connection breaks."""
    last = {}
    while True:
        try:
            with call(f"/v1/builds/{build}/events", Accept="text/event-stream", **last) as answer:
                if answer.status == 204:
                    return
                for message in messages(answer):
                    if message.get("event") == "end":
                        return
                    if "id" in message:
                        last = {"Last_Event_ID": message["id"]}
                        yield json.loads(message["data"])
        except (OSError, http.client.HTTPException) as error:
            print(f"{error}; trying again", file=sys.stderr)
            time.sleep(2)


def main(branch, key):
    body = {"ref": branch, "recipe": json.loads(RECIPE.read_text())}
    with call("/v1/builds", body, Idempotency_Key=key) as answer:
        build = json.load(answer)["build"]["id"]

    for event in events(build):
        print(event["event"]["type"], file=sys.stderr)

    for platform in ("arm64", "amd64"):
        with call(f"/v1/builds/{build}/logs/{platform}") as answer:
            Path(f"{build}-{platform}.log").write_bytes(answer.read())

    with call(f"/v1/builds/{build}") as answer:
        ended = json.load(answer)
    if ended["state"] != "published":
        sys.exit(f"build {build} is {ended['state']}: {(ended['failure'] or {}).get('message', '')}")
    for tag in ended["tags"]:
        print(tag["reference"], tag["digest"])


if __name__ == "__main__":
    main(*sys.argv[1:3])
