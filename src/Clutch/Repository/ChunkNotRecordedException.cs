using Clutch.Items;

namespace Clutch.Repository;

/// <summary>A target database has committed a chunk, but the job repository refused the record of it. Nothing is lost: the step's next execution brings the repository up to date before it goes on.</summary>
public sealed class ChunkNotRecordedException : Exception, IFaultOfNoItem
{
    /// <summary>The repository refused the record of a chunk.</summary>
    /// <param name="message">Which chunk, why, and what to do.</param>
    /// <param name="inner">The repository's own fault.</param>
    public ChunkNotRecordedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
