namespace Clutch.Items;

/// <summary>An exception that knows itself whether trying again can help, in place of what its inner exceptions suggest.</summary>
/// <remarks>A step's own rules (<c>Transient</c>, <c>NotTransient</c>) go first.</remarks>
public interface IClassifiedFault
{
    /// <summary>Whether the same work may succeed a moment later.</summary>
    bool IsTransient { get; }
}
