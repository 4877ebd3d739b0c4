# Writes constraints.json: the limits that AWS's own service models put on the members of the calls that Twinhull makes,
# which the SDK's schemas leave out. Needs botocore, which the emulator brings: python3 lab/aws-model/extract.py
import json
import os

import botocore.session

OPERATIONS = {
    "batch": ["SubmitJob", "TerminateJob", "DescribeJobs", "ListJobs", "DescribeJobQueues", "DescribeJobDefinitions",
              "DescribeComputeEnvironments", "RegisterJobDefinition"],
    "ec2": ["DescribeInstanceTypeOfferings", "DescribeInstanceTypes", "DescribeRouteTables", "DescribeSubnets",
            "DescribeVpcEndpoints"],
    "ecr": ["GetAuthorizationToken", "DescribeRepositories", "BatchDeleteImage"],
    "logs": ["GetLogEvents"],
    "secretsmanager": ["DescribeSecret"],
    "service-quotas": ["GetServiceQuota"],
    "sqs": ["ReceiveMessage", "DeleteMessage", "DeleteMessageBatch"],
    "sts": ["GetCallerIdentity"],
}
LIMITS = ("min", "max", "pattern")
found = {}


def limits(shape):
    own = {key: shape.metadata[key] for key in LIMITS if key in shape.metadata}
    return {**own, "enum": list(shape.enum)} if getattr(shape, "enum", None) else own


def visit(shape, seen):
    if shape.type_name == "list":
        visit(shape.member, seen)
    elif shape.type_name == "map":
        visit(shape.value, seen)
    elif shape.type_name == "structure" and shape.name not in seen:
        seen.add(shape.name)
        for name, member in shape.members.items():
            entry = limits(member)
            if member.type_name == "list" and (item := limits(member.member)):
                entry["item"] = item
            if entry:
                found.setdefault(f"{prefix}.{shape.name}", {})[name] = entry
            visit(member, seen)


session = botocore.session.get_session()
for prefix, names in OPERATIONS.items():
    model = session.get_service_model(prefix)
    seen = set()
    for name in names:
        operation = model.operation_model(name)
        for shape in (operation.input_shape, operation.output_shape):
            if shape is not None:
                visit(shape, seen)

# Instance types are an enumeration of a thousand names, to which AWS adds every week.
for members in found.values():
    for entry in list(members.values()):
        for one in (entry, entry.get("item", {})):
            if len(one.get("enum", [])) > 100:
                del one["enum"]

target = os.path.join(os.path.dirname(__file__), "constraints.json")
with open(target, "w", encoding="utf-8") as file:
    json.dump(found, file, indent=2, sort_keys=True)
    file.write("\n")
