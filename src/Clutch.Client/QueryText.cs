using System.Globalization;
using System.Text;

namespace Clutch.Client;

/// <summary>Writes the query of an address; what is null is left out.</summary>
internal sealed class QueryText(string path)
{
    private readonly StringBuilder _text = new(path);
    private bool _hasQuery;

    public QueryText With<T>(string name, T? value)
    {
        if (value is null)
            return this;
        var text = value is DateTimeOffset instant ? instant.ToString("O", CultureInfo.InvariantCulture) : Convert.ToString(value, CultureInfo.InvariantCulture)!;
        _text.Append(_hasQuery ? '&' : '?').Append(name).Append('=').Append(Uri.EscapeDataString(text));
        _hasQuery = true;
        return this;
    }

    public override string ToString() => _text.ToString();
}
