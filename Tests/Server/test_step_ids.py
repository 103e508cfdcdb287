"""The ids that a client gives to the steps of an automation are kept."""

import uuid

import pytest


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


@pytest.mark.parametrize("label, kind, words", [
    ("next", "DATA_TRANSFORM", "only a LOGIC_DECISION leads on by a label such as \"next\""),
    (None, "LOGIC_DECISION", "it has no label, and a LOGIC_DECISION leads on by labels only"),
])
def test_a_transition_that_no_step_leads_on_by_is_refused(served, label, kind, words):
    """Left out without a word, the automation would end where it should go on."""
    steps = [{"id": "a", "name": "a", "step_type": "START", "prompt_template": {}},
             {"id": "b", "name": "b", "step_type": kind, "prompt_template": {"value": "x"} if label else {"x": "else"}}]
    transitions = [{"source_step_id": "a", "target_step_id": "b", "label": None}, {"source_step_id": "b", "target_step_id": None, "label": label}]
    answer = served.call("POST", "/automations", json={"name": "Edges", "current_version": {"steps": steps, "step_transitions": transitions}})
    place = ["body", "current_version", "step_transitions", 1, "label"]
    assert answer.status_code == 422 and {"loc": place, "msg": words, "type": "automation_invalid"} in answer.json()["detail"], answer.text


def test_the_transitions_are_no_less_there_than_the_steps(served):
    steps = [{"id": "a", "name": "a", "step_type": "START", "prompt_template": {}}]
    answer = served.call("POST", "/automations", json={"name": "Edges", "current_version": {"steps": steps, "step_transition": []}})
    assert answer.status_code == 422 and answer.json()["detail"][0]["loc"] == ["body", "current_version", "step_transitions"], answer.text
