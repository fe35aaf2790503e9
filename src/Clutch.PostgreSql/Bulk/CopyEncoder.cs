using System.Buffers.Binary;
using System.Text;
using Clutch.Items;
using Clutch.Relational.Tables;
using Oids = Clutch.PostgreSql.Bulk.ColumnType.Oids;

namespace Clutch.PostgreSql.Bulk;

/// <summary>Encodes rows for a binary COPY (PostgreSQL manual, COPY, "Binary Format") into a buffer that is sent whenever it is full.</summary>
/// <remarks>Half a microsecond a row, nothing allocated a row: the server needs five to ten times as long, so encoding hides behind it.</remarks>
internal sealed class CopyEncoder : IValueSink
{
    // Large enough that a system call is rare, small enough that the server has work while the next buffer fills, and with a row more still within the driver's buffer: what is larger it sends in four parts.
    private const int FlushSize = PostgreSqlDatabase.WriteBufferSize - 4096;

    // So much that the server has something to begin with.
    private const int FirstFlushSize = 8 * 1024;

    private static readonly long TimestampEpochTicks = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;
    private static readonly int DateEpochDay = new DateOnly(2000, 1, 1).DayNumber;

    // "PGCOPY\n\377\r\n\0", four bytes of flags, four bytes of header extension length.
    private static ReadOnlySpan<byte> Header => [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00, 0, 0, 0, 0, 0, 0, 0, 0];

    private IReadOnlyList<ColumnType> _types = [];
    private uint[] _oids = [];
    private byte[] _buffer = new byte[FlushSize + 4096];
    private int _length;
    private int _full;
    private int _column;

    /// <summary>What is encoded and not yet cleared.</summary>
    public ReadOnlyMemory<byte> Filled => _buffer.AsMemory(0, _length);

    /// <summary>Starts a COPY: signature, no flags, no header extension.</summary>
    public void Begin(IReadOnlyList<ColumnType> types)
    {
        _types = types;
        _oids = types.Select(type => type.Oid).ToArray();
        _length = 0;
        _full = FirstFlushSize;
        Header.CopyTo(Take(Header.Length));
    }

    /// <summary>Encodes rows from <paramref name="next"/> on until the buffer is full, and answers where to go on.</summary>
    /// <exception cref="ItemWriteException">A value cannot be written to its column.</exception>
    public int Fill<T>(IReadOnlyList<ColumnMap<T>> columns, ReadOnlySpan<T> items, int[]? places, int next, int count)
    {
        for (; next < count && _length < _full; next++)
        {
            var place = places is null ? next : places[next];
            try
            {
                Row(columns, items[place]);
            }
            catch (Exception fault) when (fault is FormatException or OverflowException or InvalidCastException or ArgumentException)
            {
                throw new ItemWriteException(place, fault);
            }
        }

        return next;
    }

    /// <summary>Ends the COPY: the trailer.</summary>
    public void End() => BinaryPrimitives.WriteInt16BigEndian(Take(2), -1);

    /// <summary>Forgets what was sent.</summary>
    public void Clear() => (_length, _full) = (0, FlushSize);

    public void WriteNull() => BinaryPrimitives.WriteInt32BigEndian(Next(4), -1);

    public void Write(bool value)
    {
        if (Oid != Oids.Boolean)
            throw Mismatch("a truth value");
        Value(1)[0] = value ? (byte)1 : (byte)0;
    }

    public void Write(long value)
    {
        switch (Oid)
        {
            case Oids.Int32:
                BinaryPrimitives.WriteInt32BigEndian(Value(4), checked((int)value));
                break;
            case Oids.Int64:
                BinaryPrimitives.WriteInt64BigEndian(Value(8), value);
                break;
            case Oids.Int16:
                BinaryPrimitives.WriteInt16BigEndian(Value(2), checked((short)value));
                break;
            case Oids.Numeric:
                Write((decimal)value);
                break;
            case Oids.Double:
                BinaryPrimitives.WriteDoubleBigEndian(Value(8), value);
                break;
            default:
                throw Mismatch("a whole number");
        }
    }

    public void Write(float value)
    {
        if (Oid == Oids.Single)
            BinaryPrimitives.WriteSingleBigEndian(Value(4), value);
        else
            Write((double)value);
    }

    public void Write(double value)
    {
        switch (Oid)
        {
            case Oids.Double:
                BinaryPrimitives.WriteDoubleBigEndian(Value(8), value);
                break;
            case Oids.Single:
                BinaryPrimitives.WriteSingleBigEndian(Value(4), (float)value);
                break;
            default:
                throw Mismatch("a floating-point number");
        }
    }

    public void Write(decimal value)
    {
        switch (Oid)
        {
            case Oids.Numeric:
                NumericFormat.Write(Value(NumericFormat.SizeOf(value, out var digits)), value, digits);
                break;
            case Oids.Double:
                BinaryPrimitives.WriteDoubleBigEndian(Value(8), (double)value);
                break;
            default:
                throw Mismatch("a decimal number");
        }
    }

    public void Write(Guid value)
    {
        if (Oid != Oids.Uuid)
            throw Mismatch("a GUID");
        value.TryWriteBytes(Value(16), bigEndian: true, out _);
    }

    public void Write(DateOnly value)
    {
        if (Oid != Oids.Date)
            throw Mismatch("a date");
        BinaryPrimitives.WriteInt32BigEndian(Value(4), value.DayNumber - DateEpochDay);
    }

    public void Write(TimeOnly value)
    {
        if (Oid != Oids.Time)
            throw Mismatch("a time of day");
        BinaryPrimitives.WriteInt64BigEndian(Value(8), value.Ticks / TimeSpan.TicksPerMicrosecond);
    }

    public void Write(DateTime value)
    {
        switch (Oid)
        {
            case Oids.TimestampTz when value.Kind != DateTimeKind.Utc:
                throw new ArgumentException($"Column '{_types[_column].Column}' takes instants, but the value's kind is '{value.Kind}'. Give it in UTC, or as a DateTimeOffset.", nameof(value));
            case Oids.TimestampTz or Oids.Timestamp:
                Timestamp(value.Ticks);
                break;
            case Oids.Date:
                Write(DateOnly.FromDateTime(value));
                break;
            default:
                throw Mismatch("a date and time");
        }
    }

    public void Write(DateTimeOffset value)
    {
        if (Oid != Oids.TimestampTz)
            throw Mismatch("an instant");
        Timestamp(value.UtcTicks);
    }

    public void Write(string value)
    {
        if (!_types[_column].TakesText)
            throw Mismatch("text");
        Text(value, version: Oid == Oids.Jsonb);
    }

    public void Write(byte[] value)
    {
        if (Oid != Oids.Bytes)
            throw Mismatch("bytes");
        value.CopyTo(Value(value.Length));
    }

    private uint Oid => _oids[_column];

    private void Row<T>(IReadOnlyList<ColumnMap<T>> columns, T item)
    {
        BinaryPrimitives.WriteInt16BigEndian(Take(2), (short)columns.Count);
        _column = 0;
        for (var i = 0; i < columns.Count; i++)
            columns[i].Write(item, this);
    }

    private void Timestamp(long ticks) => BinaryPrimitives.WriteInt64BigEndian(Value(8), (ticks - TimestampEpochTicks) / TimeSpan.TicksPerMicrosecond);

    // The binary form of jsonb is one byte of version 1, then text.
    private void Text(string value, bool version)
    {
        var extra = version ? 1 : 0;
        Reserve(4 + extra + Encoding.UTF8.GetMaxByteCount(value.Length));
        var size = Encoding.UTF8.GetBytes(value, _buffer.AsSpan(_length + 4 + extra)) + extra;
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_length), size);
        if (version)
            _buffer[_length + 4] = 1;
        _length += 4 + size;
        _column++;
    }

    /// <summary>Room for a value of this size, behind its length.</summary>
    private Span<byte> Value(int size)
    {
        var room = Next(4 + size);
        BinaryPrimitives.WriteInt32BigEndian(room, size);
        return room[4..];
    }

    private Span<byte> Next(int size)
    {
        _column++;
        return Take(size);
    }

    private Span<byte> Take(int size)
    {
        Reserve(size);
        var room = _buffer.AsSpan(_length, size);
        _length += size;
        return room;
    }

    private void Reserve(int size)
    {
        if (_buffer.Length - _length < size)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + size));
    }

    private InvalidCastException Mismatch(string what) => new(
        $"Column '{_types[_column].Column}' is of type '{_types[_column].Name}', which does not take {what}. Map it with a lambda that gives a fitting type.");
}
