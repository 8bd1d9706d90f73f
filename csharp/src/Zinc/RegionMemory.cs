// SPDX-License-Identifier: MIT
using System;
using System.Buffers;

namespace Zinc;

/// <summary>What a <see cref="Memory{T}"/> of a region points to: an owning view, which keeps the
/// bytes for as long as a Memory of it can be reached, and a pin of it is not disposed.</summary>
internal sealed unsafe class RegionMemory<T> : MemoryManager<T>
    where T : unmanaged
{
    private readonly ViewHandle _view;
    private readonly T* _first;
    private readonly int _length;
    private volatile bool _disposed;

    internal RegionMemory(ViewHandle view, T* first, int length)
    {
        _view = view;
        _first = first;
        _length = length;
    }

    public override Span<T> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new Span<T>(_first, _length);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(elementIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elementIndex, _length);
        bool kept = false;
        _view.DangerousAddRef(ref kept);
        return new MemoryHandle(_first + elementIndex, default, this);
    }

    public override void Unpin() => _view.DangerousRelease();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _disposed = true;
            _view.Dispose();
        }
    }
}
