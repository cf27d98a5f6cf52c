"""YAML: names with their values, or environments with names in them."""

from envaccess.cli.importing.entries import FileReading
from envaccess.cli.importing.yaml_nodes import members, read_root, text_entry
from envaccess.yaml_file.tree import Node


def read_yaml(text: str) -> FileReading:
    """Read a whole file. Raises `Complaint`: it is no mapping."""
    found = members(Node(read_root(text), 1))
    if found and all(isinstance(node.value, dict) and node.value for node in found.values()):
        return FileReading(
            [
                text_entry(name, value, environment)
                for environment, node in found.items()
                for name, value in members(node).items()
            ]
        )
    return FileReading([text_entry(name, node) for name, node in found.items()])
