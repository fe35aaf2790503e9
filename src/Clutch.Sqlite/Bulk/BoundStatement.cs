using System.Globalization;
using System.Text;
using Clutch.Relational.Tables;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Clutch.Sqlite.Bulk;

/// <summary>A prepared statement that takes a row's values as its parameters. Values lie in the table as Microsoft.Data.Sqlite would write them, unless its column says INTEGER or BLOB.</summary>
internal sealed class BoundStatement(SqliteConnection connection, string text, ColumnKind[] columns) : PreparedStatement(connection, text), IValueSink
{
    private byte[] _text = new byte[1024];
    private int _parameter;

    public void Begin() => _parameter = 0;

    /// <summary>Runs the statement with the values bound and answers how many rows it changed.</summary>
    /// <exception cref="SqliteException">SQLite refused the row; the statement can be run again.</exception>
    public int Run()
    {
        var code = raw.sqlite3_step(Handle);
        if (code == raw.SQLITE_DONE)
        {
            raw.sqlite3_reset(Handle);
            return Changes;
        }

        try
        {
            Check(code);
            return 0;
        }
        finally
        {
            raw.sqlite3_reset(Handle);
        }
    }

    public void WriteNull() => Check(raw.sqlite3_bind_null(Handle, ++_parameter));

    public void Write(bool value) => Write(value ? 1L : 0L);

    public void Write(long value) => Check(raw.sqlite3_bind_int64(Handle, ++_parameter, value));

    public void Write(float value) => Write((double)value);

    public void Write(double value) => Check(raw.sqlite3_bind_double(Handle, ++_parameter, value));

    public void Write(decimal value)
    {
        // A floating-point number holds 15 digits; what has more stays text, which loses nothing.
        if (Column.IsReal && decimal.Abs(value) < 1_000_000_000 && value.Scale <= 6)
            Write((double)value);
        else
            Format(value, default);
    }

    public void Write(Guid value)
    {
        if (Column.IsBlob)
        {
            Span<byte> bytes = stackalloc byte[16];
            value.TryWriteBytes(bytes);
            Check(raw.sqlite3_bind_blob(Handle, ++_parameter, bytes));
        }
        else
        {
            Write(value.ToString().ToUpperInvariant());
        }
    }

    public void Write(DateOnly value)
    {
        if (Column.IsInteger)
            Write((long)(value.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber));
        else
            Format(value, "yyyy-MM-dd");
    }

    public void Write(TimeOnly value)
    {
        if (Column.IsInteger)
            Write(value.Ticks / TimeSpan.TicksPerMillisecond);
        else
            Format(value.ToTimeSpan(), value.Ticks % TimeSpan.TicksPerSecond == 0 ? @"hh\:mm\:ss" : @"hh\:mm\:ss\.fffffff");
    }

    public void Write(DateTime value)
    {
        if (Column.IsInteger && value.Kind != DateTimeKind.Utc)
            throw new ArgumentException($"Column '{Column.Column}' takes instants as numbers, but the value's kind is '{value.Kind}'. Give it in UTC, or as a DateTimeOffset.", nameof(value));
        if (Column.IsInteger)
            Write(new DateTimeOffset(value).ToUnixTimeMilliseconds());
        else
            Format(value, "yyyy-MM-dd HH:mm:ss.FFFFFFF");
    }

    public void Write(DateTimeOffset value)
    {
        if (Column.IsInteger)
            Write(value.ToUnixTimeMilliseconds());
        else
            Format(value.ToUniversalTime(), "yyyy-MM-dd HH:mm:ss.FFFFFFFzzz");
    }

    public void Write(string value)
    {
        if (_text.Length < value.Length * 3)
            _text = new byte[value.Length * 3];
        Bind(Encoding.UTF8.GetBytes(value, _text));
    }

    public void Write(byte[] value) => Check(raw.sqlite3_bind_blob(Handle, ++_parameter, value));

    private ColumnKind Column => columns[_parameter];

    private void Format<T>(T value, ReadOnlySpan<char> format)
        where T : IUtf8SpanFormattable
    {
        value.TryFormat(_text, out var length, format, CultureInfo.InvariantCulture);
        Bind(length);
    }

    private void Bind(int length) => Check(raw.sqlite3_bind_text(Handle, ++_parameter, _text.AsSpan(0, length)));
}
