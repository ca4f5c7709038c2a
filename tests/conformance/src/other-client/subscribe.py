"""Subscribes to the frames of all runs with a client that nobody here wrote; one JSON line per message until `complete`."""
import asyncio
import json
import sys

import nats


async def main(url: str, seed_file: str) -> None:
    done = asyncio.Event()

    async def on_message(message) -> None:
        event = (message.headers or {}).get("Proxbox-Event")
        print(json.dumps({"subject": message.subject, "event": event, "data": json.loads(message.data)}), flush=True)
        if event == "complete":
            done.set()

    client = await nats.connect(url, nkeys_seed=seed_file, inbox_prefix=b"_INBOX_integration", connect_timeout=10)
    await client.subscribe("proxbox.runs.>", cb=on_message)
    await client.flush()
    print(json.dumps({"ready": True}), flush=True)
    await asyncio.wait_for(done.wait(), timeout=240)
    await client.close()


asyncio.run(main(sys.argv[1], sys.argv[2]))
