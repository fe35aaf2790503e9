using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Clutch.Files.Writing;

/// <summary>One JSON value a line.</summary>
internal sealed class JsonLinesEncoder<T>(JsonTypeInfo<T> typeInfo) : IRecordEncoder<T>, IDisposable
{
    private readonly RecordBytes _value = new();
    private Utf8JsonWriter? _json;

    public void WriteHeader(RecordBytes bytes)
    {
    }

    public void Write(T item, RecordBytes bytes)
    {
        // A writer of its own: the type's options may ask for indentation, which would tear the line.
        _json ??= new(_value, new JsonWriterOptions { Encoder = new StrictJsonEncoder(typeInfo.Options.Encoder ?? JavaScriptEncoder.Default), Indented = false });
        _value.CutTo(0);
        _json.Reset(_value);
        JsonSerializer.Serialize(_json, item, typeInfo);
        _json.Flush();
        bytes.Append(_value.Written.Span);
        bytes.Append("\n"u8);
    }

    public void Dispose() => _json?.Dispose();
}
