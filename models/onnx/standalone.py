"""An ONNX file that needs nothing beside it: its weights inside, and before them what is made of raw inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import GraphProto, ModelProto, TensorProto, compose, helper, numpy_helper, version_converter
from onnx.external_data_helper import uses_external_data

from models.errors import N_, InputError
from models.onnx import runtime
from models.onnx.graph import Graph

OPSET = 18  # the least; since then Resize can smooth what it makes smaller
IR = 10  # of a file that is written here; what runtimes for browsers read since 2024
MOST_BYTES = 2**31 - 2**20  # one file of protocol buffers holds no more
MOVES = {  # operators that make weights of weights; none of them makes much of little
    "Transpose", "Slice", "Concat", "Unsqueeze", "Squeeze", "Reshape", "Identity", "Cast", "Mul", "Div", "Add", "Sub",
    "Pow", "Sqrt", "ReduceL2", "ReduceSum",
}  # fmt: skip

Tensors = Mapping[str, tuple[str, Sequence[int | str]]]  # name → type and shape, in which a name is any length


@dataclass(frozen=True)
class Front:
    """What is computed of raw `inputs` before a model; `given`: each input of the model → the tensor that it takes."""

    graph: Graph
    inputs: Tensors
    given: Mapping[str, str]

    @property
    def alone(self) -> ModelProto:
        """A model that gives what the other takes, in its order, under the same names behind “given/”."""
        outputs = [helper.make_empty_tensor_value_info(f"given/{name}") for name in self.given]
        made = helper.make_graph([*self.graph.nodes], "front", _described(self.inputs), outputs, self.graph.constants)
        for name, tensor in self.given.items():
            made.node.append(helper.make_node("Identity", [tensor], [f"given/{name}"]))
        return helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)


def _described(tensors: Tensors) -> list[onnx.ValueInfoProto]:
    dtype = helper.np_dtype_to_tensor_dtype
    return [
        helper.make_tensor_value_info(name, dtype(np.dtype(kind)), [*shape]) for name, (kind, shape) in tensors.items()
    ]


def read(path: Path) -> ModelProto:
    """The model with its external weights inside, in `OPSET` or a later one, without nodes that only move weights.

    Raises:
        InputError: it is too large to be one file.
    """
    if sum(file.stat().st_size for file in files(path)) > MOST_BYTES:
        raise InputError(
            found=N_("The model is larger than 2 GB."),
            expected=N_("A model for other programs is one ONNX file, which can hold 2 GB."),
            remedy=N_("Choose a smaller pretrained model."),
        )
    model = onnx.load(path, load_external_data=False)
    _take_in(model, path.parent)
    if opset(model) < OPSET:
        model = version_converter.convert_version(model, OPSET)
    _compute_weights(model)
    return model


def _take_in(model: ModelProto, folder: Path) -> None:
    """Put weights that lie in other files of the folder into the model.

    `onnx.load` refuses files that have a second name, as those of a bundle have that share a body.

    Raises:
        ValueError: a file lies elsewhere.
    """
    for tensor in filter(uses_external_data, model.graph.initializer):
        told = {entry.key: entry.value for entry in tensor.external_data}
        file = folder / told["location"]
        if ".." in file.parts or not file.is_relative_to(folder):
            raise ValueError(f"The weights {tensor.name} lie outside of {folder}.")
        with file.open("rb") as opened:
            opened.seek(int(told.get("offset", 0)))
            tensor.raw_data = opened.read(int(told.get("length", -1)))
        del tensor.external_data[:]
        tensor.data_location = TensorProto.DEFAULT


def files(path: Path) -> list[Path]:
    """The files that an ONNX model consists of: itself, and those in which its weights lie."""
    named = set()
    for tensor in onnx.load(path, load_external_data=False).graph.initializer:
        if uses_external_data(tensor):
            named |= {entry.value for entry in tensor.external_data if entry.key == "location"}
    return [path, *(path.parent / name for name in sorted(named))]


def opset(model: ModelProto) -> int:
    """Of the operators of ONNX itself."""
    return next(one.version for one in model.opset_import if one.domain in ("", "ai.onnx"))


def _compute_weights(model: ModelProto) -> None:
    """Where their files have them otherwise: turned round, in parts, or as a direction and a length.

    Without that they would not be known as weights where they are used.
    """
    graph = model.graph
    known, moved, used = {tensor.name for tensor in graph.initializer}, [], set[str]()
    for place, node in enumerate(graph.node):
        constant = node.op_type == "Constant"
        if constant or (node.op_type in MOVES and all(name in known or not name for name in node.input)):
            known.update(node.output)
            moved.append(place)
        else:
            used.update(node.input)
    nodes = [graph.node[place] for place in moved]
    wanted = [name for node in nodes if node.op_type != "Constant" for name in node.output if name in used]
    if not wanted:
        return
    read_by = set(wanted)
    for node in reversed(nodes):
        if read_by & set(node.output):
            read_by.update(node.input)
    nodes = [node for node in nodes if read_by & set(node.output)]
    weights = [tensor for tensor in graph.initializer if tensor.name in read_by]
    outputs = [helper.make_empty_tensor_value_info(name) for name in wanted]
    part = helper.make_graph(nodes, "weights", [], outputs, weights)
    alone = helper.make_model(part, opset_imports=model.opset_import, ir_version=model.ir_version)
    values = runtime.opened(alone.SerializeToString()).run(wanted, {})
    for place in reversed([place for place in moved if graph.node[place].op_type != "Constant"]):
        del graph.node[place]
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in zip(wanted, values, strict=True))
    drop_unused(graph)


def drop_unused(graph: GraphProto) -> None:
    """Remove weights and constants that no node reads."""
    used = set(_used(graph))
    constants = [(place, set(node.output)) for place, node in enumerate(graph.node) if node.op_type == "Constant"]
    for place in reversed([place for place, names in constants if not names & used]):
        del graph.node[place]
    for place in reversed([place for place, one in enumerate(graph.initializer) if one.name not in used]):
        del graph.initializer[place]  # removed by its value each would be compared with all before it


def _used(graph: GraphProto) -> Iterator[str]:
    """The names of tensors that nodes read, also those of graphs within, and of outputs."""
    for node in graph.node:
        yield from node.input
        for attribute in node.attribute:
            for inner in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
                yield from _used(inner)
    yield from (one.name for one in graph.output)


def precede(model: ModelProto, front: Front) -> None:
    """Put it in front of the model, which takes its inputs from now on."""
    graph = model.graph
    for node in graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = front.given.get(name, name)
    after = list(graph.node)
    del graph.node[:]
    graph.node.extend([*front.graph.nodes, *after])
    graph.initializer.extend(front.graph.constants)
    del graph.input[:]
    graph.input.extend(_described(front.inputs))
    del graph.value_info[:]  # shapes that no longer hold


def follow(model: ModelProto, after: Graph, outputs: Tensors, given: Mapping[str, str]) -> None:
    """Put `after` behind the model, which gives these `outputs` from now on; `given`: output → its tensor."""
    graph = model.graph
    graph.node.extend(after.nodes)
    graph.node.extend(helper.make_node("Identity", [tensor], [name]) for name, tensor in given.items())
    graph.initializer.extend(after.constants)
    del graph.output[:]
    graph.output.extend(_described(outputs))


def renamed(model: ModelProto, prefix: str) -> ModelProto:
    """With `prefix` before the names of all its tensors, so that none meets one of another model."""
    return compose.add_prefix(model, prefix)


def attach(model: ModelProto, other: ModelProto) -> None:
    """Put the nodes and weights of another model, none of whose names `model` has, behind its own.

    Inputs and outputs of the other are tensors by their names; who calls connects them.
    """
    model.graph.node.extend(other.graph.node)
    model.graph.initializer.extend(other.graph.initializer)


def write(model: ModelProto, path: Path) -> None:
    """Write the model as one file."""
    path.write_bytes(model.SerializeToString())
