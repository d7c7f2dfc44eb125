"""Drives the official Volcengine Ark client for Python."""

import importlib.metadata

from volcenginesdkarkruntime import Ark
from volcenginesdkarkruntime._exceptions import ArkError
from volcenginesdkarkruntime.types.images import SequentialImageGenerationOptions

import driver

GROUP = "sequential_image_generation_options"


def call(base_url, case, seen):
    options = {} if case["retries"] is None else {"max_retries": case["retries"]}
    headers = {} if case["fault"] is None else {"x-imagegen-fault": case["fault"]}
    if not case["key"]:
        headers["Authorization"] = ""
    client = Ark(
        base_url=f"{base_url}/api/v3", api_key="ark-fake", timeout=case["timeout"], **options
    )
    request = dict(case["request"])
    if GROUP in request:
        request[GROUP] = SequentialImageGenerationOptions(**request[GROUP])
    answer = client.images.generate(**request, stream=case["stream"], extra_headers=headers)
    if case["stream"]:
        seen.stream(answer)
    else:
        seen.answer(answer)


driver.run(importlib.metadata.version("volcengine-ark-runtime"), call, ArkError)
