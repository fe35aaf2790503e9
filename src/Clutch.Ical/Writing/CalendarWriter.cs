using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Clutch.Ical.Components;
using Clutch.Ical.Properties;

namespace Clutch.Ical.Writing;

/// <summary>Writes calendars as RFC 5545 text: the same components always give the same bytes, and nothing in them depends on when they are written.</summary>
/// <remarks>What a property holds was checked when it was made or read, so no value can end its line and begin something of its own.</remarks>
public sealed class CalendarWriter
{
    private const int FlushBytes = 64 * 1024;

    private readonly IBufferWriter<byte> _target;

    /// <summary>A writer to a buffer, a pipe or anything else that takes bytes.</summary>
    public CalendarWriter(IBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        _target = target;
    }

    /// <summary>The whole component as bytes.</summary>
    public static byte[] ToBytes(CalendarComponent component)
    {
        var buffer = new ArrayBufferWriter<byte>(4 * 1024);
        new CalendarWriter(buffer).Write(component);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes a calendar to a pipe, handing on what is ready from time to time. The pipe is left open.</summary>
    public static async Task WriteAsync(CalendarComponent calendar, PipeWriter target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(calendar);
        ArgumentNullException.ThrowIfNull(target);
        var writer = new CalendarWriter(target);
        writer.WriteBegin(calendar, out var next);
        foreach (var component in calendar.Components.Skip(next))
        {
            writer.Write(component);
            if (target.UnflushedBytes >= FlushBytes) await target.FlushAsync(cancellationToken);
        }

        writer.WriteEnd(calendar);
        await target.FlushAsync(cancellationToken);
    }

    /// <summary>Writes a calendar to a stream, in pieces. The stream is left open.</summary>
    public static async Task WriteAsync(CalendarComponent calendar, Stream target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        var pipe = PipeWriter.Create(target, new StreamPipeWriterOptions(leaveOpen: true, minimumBufferSize: FlushBytes));
        await WriteAsync(calendar, pipe, cancellationToken);
        await pipe.CompleteAsync();
    }

    /// <summary>Writes BEGIN and the properties of a component, for a calendar whose components are made one by one. Close it with <see cref="WriteEnd"/>.</summary>
    /// <remarks>Components it holds already are not written.</remarks>
    public void WriteBegin(CalendarComponent component)
    {
        ArgumentNullException.ThrowIfNull(component);
        WriteNamed("BEGIN:"u8, component.Name);
        foreach (var property in component.PropertyList) Write(property);
    }

    /// <summary>Writes the END of a component.</summary>
    public void WriteEnd(CalendarComponent component)
    {
        ArgumentNullException.ThrowIfNull(component);
        WriteNamed("END:"u8, component.Name);
    }

    /// <summary>Writes one property.</summary>
    public void Write(CalendarProperty property) => LineFolder.Write(_target, property.Line);

    /// <summary>Writes a whole component and all inside it, in its own order.</summary>
    public void Write(CalendarComponent component)
    {
        ArgumentNullException.ThrowIfNull(component);
        WriteBegin(component, out var next);
        for (; next < component.Components.Count; next++) Write(component.Components[next]);
        WriteEnd(component);
    }

    /// <summary>Writes BEGIN, the properties, and the components that stood between them when they were read.</summary>
    private void WriteBegin(CalendarComponent component, out int next)
    {
        WriteNamed("BEGIN:"u8, component.Name);
        next = 0;
        ref readonly var properties = ref component.PropertyList;
        for (var at = 0; at < properties.Count; at++)
        {
            for (; next < component.Components.Count && component.Components[next].PropertiesBefore <= at; next++) Write(component.Components[next]);
            Write(properties[at]);
        }
    }

    private void WriteNamed(ReadOnlySpan<byte> keyword, string name)
    {
        Span<byte> line = stackalloc byte[256];
        if (Ascii.FromUtf16(name, line[keyword.Length..], out var length) == OperationStatus.Done)
        {
            keyword.CopyTo(line);
            LineFolder.Write(_target, line[..(keyword.Length + length)]);
        }
        else LineFolder.Write(_target, [.. keyword, .. Encoding.UTF8.GetBytes(name)]);
    }
}
