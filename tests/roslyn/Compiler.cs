using System;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

/// <summary>
/// Compiles with Roslyn. Each argument is a file with one compilation: its lines are words and values, "out PATH",
/// "version 9", "nullable enable", "documented yes", "define SYMBOL", "framework FOLDER", "reference PATH" and "source PATH". Without
/// a folder it compiles for the .NET that runs it. Prints each warning and error, and exits with 1 if there is one.
/// </summary>
public static class Compiler
{
    public static int Main(string[] arguments)
    {
        return arguments.Sum(each => Compile(File.ReadAllLines(each).Select(line => line.Split(new[] { ' ' }, 2)).ToArray()));
    }

    private static int Compile(string[][] lines)
    {
        string output = Values(lines, "out").Single();
        LanguageVersion version;
        LanguageVersionFacts.TryParse(Values(lines, "version").Single(), out version);
        bool isDocumented = Values(lines, "documented").Length > 0;
        var parse = new CSharpParseOptions(version, isDocumented ? DocumentationMode.Diagnose : DocumentationMode.Parse).WithPreprocessorSymbols(Values(lines, "define"));
        var trees = Values(lines, "source").Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), parse, path));
        var own = Values(lines, "reference").Select(path => (MetadataReference)MetadataReference.CreateFromFile(path));
        bool isNullable = Values(lines, "nullable").Length > 0;
        var options = new CSharpCompilationOptions(
            output.EndsWith(".exe") ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
            nullableContextOptions: isNullable ? NullableContextOptions.Enable : NullableContextOptions.Disable);
        var compilation = CSharpCompilation.Create(Path.GetFileNameWithoutExtension(output), trees, Framework(Values(lines, "framework").SingleOrDefault()).Concat(own), options);
        var found = compilation.Emit(output).Diagnostics.Where(each => each.Severity >= DiagnosticSeverity.Warning).ToArray();
        foreach (Diagnostic each in found) Console.WriteLine(each);
        return found.Length == 0 ? 0 : 1;
    }

    private static MetadataReference[] Framework(string folder)
    {
        folder = folder ?? Path.GetDirectoryName(typeof(object).Assembly.Location);
        var paths = Directory.GetFiles(folder, "*.dll").Where(IsManaged);
        return paths.Select(path => (MetadataReference)MetadataReference.CreateFromFile(path)).ToArray();
    }

    private static string[] Values(string[][] lines, string word)
    {
        return lines.Where(line => line[0] == word).Select(line => line[1]).ToArray();
    }

    private static bool IsManaged(string path)
    {
        try
        {
            System.Reflection.AssemblyName.GetAssemblyName(path);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
