using Clutch.Items;

namespace Clutch.Repository;

/// <summary>The job repository cannot be used until somebody acts: unreachable, read-only, corrupt, or made by a newer program.</summary>
/// <remarks>A step never skips an item for it, whatever its rules say.</remarks>
public sealed class RepositoryException : Exception, IFaultOfNoItem
{
    /// <summary>The repository cannot be used.</summary>
    /// <param name="message">What happened, with which database (no secrets), and what to do.</param>
    /// <param name="inner">The database's own fault, or null.</param>
    public RepositoryException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
