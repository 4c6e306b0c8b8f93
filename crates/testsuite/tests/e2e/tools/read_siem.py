"""Reads what a receiver was sent, each line by a reader of its own: read_siem.py atna|ocsf FILE. Prints how many there were."""

import base64
import json
import sys
import xml.etree.ElementTree as xml

what, file = sys.argv[1:]
count = 0
for line in open(file):
    if what == "atna":
        start = line.find("<?xml")
        if start < 0:
            assert line.rstrip().endswith("\t-"), line
            continue
        message = xml.fromstring(line[start:].strip().encode())
        assert message.tag == "AuditMessage", line
        event = message.find("EventIdentification/EventID")
        assert event.get("codeSystemName") == "DCM" and event.get("originalText"), line
        assert message.find("ActiveParticipant").get("UserID"), line
        assert message.find("AuditSourceIdentification").get("AuditSourceID"), line
        details = {one.get("type"): base64.b64decode(one.get("value"), validate=True) for one in message.iter("ParticipantObjectDetail")}
        assert len(details["leaf"]) == 32 and json.loads(details["event"])["code"], line
    else:
        event = json.loads(line[line.index("] {") + 2 :] if "] {" in line else line[line.index("]{") + 1 :])
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"], line
        assert event["category_uid"] == event["class_uid"] // 1000, line
        assert event["unmapped"]["code"] == event["metadata"]["event_code"], line
    count += 1
print(count)
