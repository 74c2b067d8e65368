"""Eight floats at a time: a vector type for Numba, so that a kernel says exactly what the processor does.

Loops over the dimensions of an embedding are the whole cost of training. Left to the loop vectoriser they are fast only
when it can prove that no rows overlap, which it cannot do for rows chosen at run time. `Lanes` is LLVM's
`<8 x float>`: one AVX register, half of an AVX-512 one, two NEON ones. A row is addressed by the address of its first
float (an integer), because an array would carry a reference count into the inner loop.

Every table that these functions touch has rows of a multiple of `LANES` floats (see `arrays.aligned_table`).
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models, register_default
from numba.extending import intrinsic, overload

LANES = 8
LANE_BYTES = 4 * LANES
CACHE_LINE = 64
ROOT_ESTIMATE = 0x5F1FFFF9  # Kadlec's, for `elementwise.inverse_root`

_FLOAT = ir.FloatType()
_VECTOR = ir.VectorType(_FLOAT, LANES)
_INT32 = ir.IntType(32)
_BYTE_POINTER = ir.IntType(8).as_pointer()


class Lanes(types.Type):  # type: ignore[misc]
    """The Numba type of `LANES` float32 values."""

    def __init__(self) -> None:
        super().__init__(name=f"float32x{LANES}")


lanes = Lanes()


@register_default(Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, frontend_type: Any) -> None:
        super().__init__(manager, frontend_type, _VECTOR)


@intrinsic
def zero(typingctx):  # type: ignore[no-untyped-def]
    """LANES zeros."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return ir.Constant(_VECTOR, None)

    return lanes(), codegen


@intrinsic
def load(typingctx, address):  # type: ignore[no-untyped-def]
    """The LANES floats at `address`."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        value = builder.load(builder.inttoptr(arguments[0], _VECTOR.as_pointer()))
        value.align = 4
        return value

    return lanes(types.intp), codegen


@intrinsic
def store(typingctx, address, value):  # type: ignore[no-untyped-def]
    """Write `value` to the LANES floats at `address`."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        written = builder.store(arguments[1], builder.inttoptr(arguments[0], _VECTOR.as_pointer()))
        written.align = 4
        return context.get_dummy_value()

    return types.void(types.intp, lanes), codegen


def _spread(builder: Any, scalar: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(_INT32, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(_INT32, LANES), None))


@intrinsic
def spread(typingctx, value):  # type: ignore[no-untyped-def]
    """LANES copies of one float32."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return _spread(builder, arguments[0])

    return lanes(types.float32), codegen


@intrinsic
def load_spread(typingctx, address):  # type: ignore[no-untyped-def]
    """LANES copies of the float at `address`."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return _spread(builder, builder.load(builder.inttoptr(arguments[0], _FLOAT.as_pointer())))

    return lanes(types.intp), codegen


@intrinsic
def fma(typingctx, a, b, c):  # type: ignore[no-untyped-def]
    """a · b + c, fused where the processor can."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        function_type = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        function = cgutils.get_or_insert_function(builder.module, function_type, f"llvm.fmuladd.v{LANES}f32")
        return builder.call(function, arguments)

    return lanes(lanes, lanes, lanes), codegen


def _binary(instruction: str) -> Any:
    @intrinsic
    def operation(typingctx, a, b):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            return getattr(builder, instruction)(*arguments)

        return lanes(lanes, lanes), codegen

    return operation


_INSTRUCTIONS = {
    operator.add: _binary("fadd"),
    operator.sub: _binary("fsub"),
    operator.mul: _binary("fmul"),
    operator.truediv: _binary("fdiv"),
}


def _define(python_operator: Any, operation: Any) -> None:
    @overload(python_operator)
    def implementation(a, b):  # type: ignore[no-untyped-def]
        if isinstance(a, Lanes) and isinstance(b, Lanes):
            return lambda a, b: operation(a, b)
        return None


for _operator, _operation in _INSTRUCTIONS.items():
    _define(_operator, _operation)


def _extremum(name: str) -> Any:
    @intrinsic
    def operation(typingctx, a, b):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            function_type = ir.FunctionType(_VECTOR, [_VECTOR] * 2)
            function = cgutils.get_or_insert_function(builder.module, function_type, f"llvm.{name}.v{LANES}f32")
            return builder.call(function, arguments)

        return lanes(lanes, lanes), codegen

    return operation


@intrinsic
def root(typingctx, a):  # type: ignore[no-untyped-def]
    """The square root of each lane."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        function_type = ir.FunctionType(_VECTOR, [_VECTOR])
        function = cgutils.get_or_insert_function(builder.module, function_type, f"llvm.sqrt.v{LANES}f32")
        return builder.call(function, arguments)

    return lanes(lanes), codegen


@intrinsic
def root_estimate(typingctx, a):  # type: ignore[no-untyped-def]
    """About 1 / √a of each lane, a > 0, without a multiplication: half of the exponent, turned round (to 8 %)."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        integers = ir.VectorType(_INT32, LANES)
        half = builder.lshr(builder.bitcast(arguments[0], integers), ir.Constant(integers, [1] * LANES))
        return builder.bitcast(builder.sub(ir.Constant(integers, [ROOT_ESTIMATE] * LANES), half), _VECTOR)

    return lanes(lanes), codegen


smaller = _extremum("minnum")
larger = _extremum("maxnum")


@intrinsic
def totals(typingctx, a, b, c, d, e, f):  # type: ignore[no-untyped-def]
    """The sums over each of six vectors, as the first six lanes of one (the other two are 0).

    Adding neighbours of all vectors together costs half of six separate reductions.
    """

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        nothing = ir.Constant(_VECTOR, None)
        quads = [_sum_neighbours(builder, arguments[:4]), _sum_neighbours(builder, [*arguments[4:], nothing, nothing])]
        first, second = quads
        return _add_shuffled(builder, first, second, [0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15])

    return lanes(*[lanes] * 6), codegen


def _sum_neighbours(builder: Any, four: Any) -> Any:
    """Four vectors to one: lane i and lane i + 4 hold the two half sums of vector i."""
    # within 128-bit halves, where a shuffle is one cheap instruction
    even, odd = [0, 2, 8, 10, 4, 6, 12, 14], [1, 3, 9, 11, 5, 7, 13, 15]
    first = _add_shuffled(builder, four[0], four[1], even, odd)
    second = _add_shuffled(builder, four[2], four[3], even, odd)
    return _add_shuffled(builder, first, second, even, odd)


def _add_shuffled(builder: Any, a: Any, b: Any, left: list[int], right: list[int]) -> Any:
    mask_type = ir.VectorType(_INT32, LANES)
    halves = [builder.shuffle_vector(a, b, ir.Constant(mask_type, chosen)) for chosen in (left, right)]
    return builder.fadd(*halves)


def _reduction(name: str, start: list[Any]) -> Any:
    @intrinsic
    def reduce(typingctx, a):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            function_type = ir.FunctionType(_FLOAT, [*(part.type for part in start), _VECTOR])
            llvm_name = f"llvm.vector.reduce.{name}.v{LANES}f32"
            function = cgutils.get_or_insert_function(builder.module, function_type, llvm_name)
            return builder.call(function, [*start, *arguments], fastmath=("reassoc",))

        return types.float32(lanes), codegen

    return reduce


total = _reduction("fadd", [ir.Constant(_FLOAT, 0.0)])  # the sum over the lanes, a float32
peak = _reduction("fmax", [])  # the largest lane


@intrinsic
def prefetch(typingctx, address):  # type: ignore[no-untyped-def]
    """Ask for the cache line at `address`, to be written to soon; never faults."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        function_type = ir.FunctionType(ir.VoidType(), [_BYTE_POINTER, _INT32, _INT32, _INT32])
        function = cgutils.get_or_insert_function(builder.module, function_type, "llvm.prefetch.p0")
        for_writing, keep_close, data = ir.Constant(_INT32, 1), ir.Constant(_INT32, 3), ir.Constant(_INT32, 1)
        builder.call(function, [builder.inttoptr(arguments[0], _BYTE_POINTER), for_writing, keep_close, data])
        return context.get_dummy_value()

    return types.void(types.intp), codegen


def _scalar_load(numba_type: Any, llvm_type: Any) -> Any:
    @intrinsic
    def load_scalar(typingctx, address):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            return builder.load(builder.inttoptr(arguments[0], llvm_type.as_pointer()))

        return numba_type(types.intp), codegen

    return load_scalar


def _scalar_store(numba_type: Any, llvm_type: Any) -> Any:
    @intrinsic
    def store_scalar(typingctx, address, value):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            builder.store(arguments[1], builder.inttoptr(arguments[0], llvm_type.as_pointer()))
            return context.get_dummy_value()

        return types.void(types.intp, numba_type), codegen

    return store_scalar


# one number at an address; an element of a list of rows is a 64-bit integer, itself an address
load_int64, store_int64 = (make(types.int64, ir.IntType(64)) for make in (_scalar_load, _scalar_store))
load_int32, store_int32 = (make(types.int32, _INT32) for make in (_scalar_load, _scalar_store))
load_float, store_float = (make(types.float32, _FLOAT) for make in (_scalar_load, _scalar_store))
load_uint32 = _scalar_load(types.uint32, _INT32)
load_double = _scalar_load(types.float64, ir.DoubleType())
