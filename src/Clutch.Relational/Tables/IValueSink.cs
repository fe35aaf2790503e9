namespace Clutch.Relational.Tables;

/// <summary>Takes the values of a row, column after column, without boxing. Each store's encoder is one.</summary>
public interface IValueSink
{
    /// <summary>Takes a null.</summary>
    void WriteNull();

    /// <summary>Takes a truth value.</summary>
    void Write(bool value);

    /// <summary>Takes a number of up to 64 bits.</summary>
    void Write(long value);

    /// <summary>Takes a number of single precision.</summary>
    void Write(float value);

    /// <summary>Takes a number of double precision.</summary>
    void Write(double value);

    /// <summary>Takes a decimal number.</summary>
    void Write(decimal value);

    /// <summary>Takes a GUID.</summary>
    void Write(Guid value);

    /// <summary>Takes a date.</summary>
    void Write(DateOnly value);

    /// <summary>Takes a time of day.</summary>
    void Write(TimeOnly value);

    /// <summary>Takes a date and time: an instant where its kind is UTC, a local one otherwise.</summary>
    void Write(DateTime value);

    /// <summary>Takes an instant.</summary>
    void Write(DateTimeOffset value);

    /// <summary>Takes text.</summary>
    void Write(string value);

    /// <summary>Takes bytes.</summary>
    void Write(byte[] value);
}
