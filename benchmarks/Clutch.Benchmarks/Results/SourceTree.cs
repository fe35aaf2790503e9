namespace Clutch.Benchmarks.Results;

/// <summary>The source tree this program was built from.</summary>
internal static class SourceTree
{
    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Clutch.slnx")))
                folder = folder.Parent ?? throw new DirectoryNotFoundException("The benchmarks are not below a folder with Clutch.slnx.");
            return folder.FullName;
        }
    }
}
