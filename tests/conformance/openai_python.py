"""Drives the official OpenAI client for Python."""

import inspect

import openai

import driver


def call(base_url, case, seen):
    options = {} if case["retries"] is None else {"max_retries": case["retries"]}
    headers = {} if case["fault"] is None else {"x-imagegen-fault": case["fault"]}
    client = openai.OpenAI(
        base_url=f"{base_url}/v1",
        api_key="sk-fake",
        timeout=case["timeout"],
        default_headers=headers,
        **options,
    )
    with client:
        files = [open(path, "rb") for path in case["images"]]
        extra = {}
        if files:
            extra["image"] = files if len(files) > 1 else files[0]
        if case["mask"]:
            extra["mask"] = open(case["mask"], "rb")
        function = client.images.edit if case["edit"] else client.images.generate
        # What the client has no name for, it takes as `extra_body`.
        known = inspect.signature(function).parameters
        request = case["request"].items()
        named = {name: value for name, value in request if name in known}
        others = {name: value for name, value in request if name not in known}
        if case["stream"]:
            extra["stream"] = True
        if not case["key"]:
            extra["extra_headers"] = {"Authorization": openai.Omit()}
        answer = function(**named, **extra, extra_body=others or None)
        if case["stream"]:
            seen.stream(answer)
        else:
            seen.answer(answer)


driver.run(openai.__version__, call, openai.OpenAIError)
