using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Clutch.Server.Dashboard.Charts;

/// <summary>A text in a chart. Razor takes the element's own name for a tag of its own.</summary>
public sealed class Label : ComponentBase
{
    /// <summary>Where it stands.</summary>
    [Parameter, EditorRequired]
    public double X { get; set; }

    /// <summary>The unit of <see cref="X"/>: empty for the chart's own, or <c>%</c> of its width.</summary>
    [Parameter]
    public string Unit { get; set; } = string.Empty;

    /// <summary>Whether it may be left out where there is little room.</summary>
    [Parameter]
    public bool IsMinor { get; set; }

    /// <summary>Its base line.</summary>
    [Parameter, EditorRequired]
    public double Y { get; set; }

    /// <summary>What it says.</summary>
    [Parameter, EditorRequired]
    public string Text { get; set; } = string.Empty;

    /// <summary>Which part of it stands at <see cref="X"/>: <c>start</c>, <c>middle</c> or <c>end</c>.</summary>
    [Parameter]
    public string Anchor { get; set; } = "start";

    /// <summary>The instant that it tells, which the script shows in the reader's zone; or null.</summary>
    [Parameter]
    public DateTimeOffset? Clock { get; set; }

    /// <summary>Whether the clock shows no seconds.</summary>
    [Parameter]
    public bool IsInMinutes { get; set; }

    /// <inheritdoc/>
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.OpenElement(0, "text");
        builder.AddAttribute(1, "x", Scale.Text(X) + Unit);
        builder.AddAttribute(2, "y", Scale.Text(Y));
        builder.AddAttribute(3, "text-anchor", Anchor);
        if (Clock is { } clock)
            builder.AddAttribute(4, "data-clock", clock.ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (IsInMinutes)
            builder.AddAttribute(5, "data-clock-form", "minutes");
        if (IsMinor)
            builder.AddAttribute(6, "class", "minor");
        builder.AddContent(7, Text);
        builder.CloseElement();
    }
}
