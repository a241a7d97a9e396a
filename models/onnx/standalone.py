"""An ONNX file that needs nothing beside it: its weights inside, and before them what is made of raw inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, compose, helper, numpy_helper, version_converter
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
FEW = 64  # values; fewer are sizes and the like, no weights
LARGE = 2**12  # the same; that fewer stand there twice costs nothing

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
    places, wanted = _moved(graph)
    if not wanted:
        return
    values = _computed(model, [graph.node[place] for place in places], wanted)
    uses = Counter(_used(graph))
    for place in reversed(places):  # what only they read goes with them
        node = graph.node[place]
        if all(name in values or not uses[name] for name in node.output):
            uses.subtract(node.input)
            del graph.node[place]
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in values.items())
    drop_unused(graph)


def _moved(graph: GraphProto) -> tuple[list[int], list[str]]:
    """The places of nodes that follow from constants alone, and which of their outputs are weights that others read."""
    known, used = {tensor.name for tensor in graph.initializer}, set[str]()
    weights = {tensor.name for tensor in graph.initializer if np.prod(tensor.dims) >= FEW}
    places, found = [], []
    for place, node in enumerate(graph.node):
        if node.op_type == "Constant" or (node.op_type in MOVES and known.issuperset(filter(None, node.input))):
            known.update(node.output)
            places.append(place)
            if weights.intersection(node.input):
                weights.update(node.output)
                found += node.output
        else:
            used.update(node.input)
    return places, [name for name in found if name in used]


def _computed(model: ModelProto, nodes: Sequence[NodeProto], wanted: Sequence[str]) -> dict[str, np.ndarray]:
    """These outputs of nodes that follow from constants alone."""
    needed = set(wanted)
    for node in reversed(nodes):
        if needed.intersection(node.output):
            needed.update(node.input)
    part = helper.make_graph(
        [node for node in nodes if needed.intersection(node.output)], "weights", [],
        [helper.make_empty_tensor_value_info(name) for name in wanted],
        [tensor for tensor in model.graph.initializer if tensor.name in needed],
    )  # fmt: skip
    alone = helper.make_model(part, opset_imports=model.opset_import, ir_version=model.ir_version)
    return dict(zip(wanted, runtime.opened(alone.SerializeToString()).run([*wanted], {}), strict=True))


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


def amend(model: ModelProto, after: Graph, inner: str, tensor: str) -> None:
    """Put `after` behind the only output of the model, which it reads by the name `inner`; the model gives `tensor` in
    its place."""
    graph = model.graph
    [output] = graph.output
    for node in graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                names[place] = inner if name == output.name else name
    graph.node.extend([*after.nodes, helper.make_node("Identity", [tensor], [output.name])])
    graph.initializer.extend(after.constants)


def renamed(model: ModelProto, prefix: str) -> ModelProto:
    """With `prefix` before the names of all its tensors, so that none meets one of another model."""
    return compose.add_prefix(model, prefix)


def attach(model: ModelProto, other: ModelProto) -> None:
    """Put the nodes and weights of another model, none of whose names `model` has, behind its own.

    Inputs and outputs of the other are tensors by their names; who calls connects them.
    """
    model.graph.node.extend(other.graph.node)
    model.graph.initializer.extend(other.graph.initializer)


def share_weights(model: ModelProto) -> None:
    """Keep one of weights that are equal, also of a matrix that stands there turned round, as a runtime turns it when
    it loads: in networks whose last layer is their table of words."""
    graph, found = model.graph, dict[bytes, str]()
    same, turned = dict[str, str](), list[NodeProto]()
    for tensor in [one for one in graph.initializer if np.prod(one.dims) >= LARGE]:
        values = numpy_helper.to_array(tensor)
        if first := found.get(_digest(values)):
            same[tensor.name] = first
        elif values.ndim == 2 and (first := found.get(_digest(values.T))):
            turned.append(helper.make_node("Transpose", [first], [tensor.name], perm=[1, 0]))
        else:
            found[_digest(values)] = tensor.name
    for node in graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = same.get(name, name)
    gone = {*same, *(node.output[0] for node in turned)}
    for place in reversed([place for place, one in enumerate(graph.initializer) if one.name in gone]):
        del graph.initializer[place]
    nodes = [*turned, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _digest(values: np.ndarray) -> bytes:
    told = f"{values.dtype} {values.shape} ".encode()
    return sha256(told + np.ascontiguousarray(values).tobytes()).digest()


def write(model: ModelProto, path: Path) -> None:
    """Write the model as one file."""
    path.write_bytes(model.SerializeToString())
