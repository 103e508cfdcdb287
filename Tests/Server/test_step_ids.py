"""The ids that a client gives to the steps of an automation are kept."""

import uuid


def test_a_renamed_step_keeps_its_id(served):
    names = ["Begin here", "Ask user", "end"]
    ids = [str(uuid.uuid4()) for _ in names]
    types = ["START", "DATA_TRANSFORM", "DATA_TRANSFORM"]
    steps = [
        {"id": one, "name": name, "step_type": kind, "prompt_template": {} if kind == "START" else {"value": "x"}}
        for one, name, kind in zip(ids, names, types)
    ]
    transitions = [
        {"source_step_id": source, "target_step_id": target, "label": None}
        for source, target in zip(ids, ids[1:] + [None])
    ]
    body = {"name": "Ids", "current_version": {"steps": steps, "step_transitions": transitions}}
    made = served.call("POST", "/automations", json=body)
    assert made.status_code == 201, made.text
    version = made.json()["current_version"]
    assert [step["name"] for step in version["steps"]] == ["Begin_here", "Ask_user", "end_2"]
    assert [step["id"] for step in version["steps"]] == ids
    assert [one["source_step_id"] for one in version["step_transitions"]] == ids
    assert [one["target_step_id"] for one in version["step_transitions"]] == ids[1:] + [None]
