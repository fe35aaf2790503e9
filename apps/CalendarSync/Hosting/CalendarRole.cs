namespace CalendarSync.Hosting;

/// <summary>Which part of the service a process is.</summary>
internal enum CalendarRole
{
    /// <summary>The web server: API, pages, export feeds.</summary>
    Main,

    /// <summary>The jobs: import and export.</summary>
    Batch,

    /// <summary>Both in one process, for small installations.</summary>
    All,
}
