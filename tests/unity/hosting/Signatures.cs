using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using AdventureBotLobby.Hosting;

/// <summary>Verifies signatures of a file with lines of KEY MESSAGE SIGNATURE in hex, "-" for nothing. Prints NUMBER=True or False.</summary>
public static class Signatures
{
    public static void Main(string[] arguments)
    {
        string[] lines = File.ReadAllLines(arguments[0]);
        Stopwatch watch = Stopwatch.StartNew();
        for (int i = 0; i < lines.Length; i++)
        {
            byte[][] parts = lines[i].Split(' ').Select(Bytes).ToArray();
            Console.WriteLine(i + "=" + Ed25519Verifier.IsSignedBy(parts[0], parts[1], parts[2]));
        }
        Console.WriteLine("ms=" + watch.ElapsedMilliseconds / Math.Max(1, lines.Length));
        Leave.With(0);
    }

    private static byte[] Bytes(string hex)
    {
        var bytes = new List<byte>();
        for (int i = 0; hex != "-" && i < hex.Length; i += 2) bytes.Add(Convert.ToByte(hex.Substring(i, 2), 16));
        return bytes.ToArray();
    }
}
