#nullable enable
using System;
using System.Security.Cryptography;

namespace AdventureBotLobby.Hosting
{
    /// <summary>
    /// Verifies Ed25519 signatures, as RFC 8032 (section 5.1.7) defines them: Unity's .NET cannot. One signature takes some
    /// milliseconds and half a megabyte for the collector: enough for players who come in, not for thousands a second.
    /// </summary>
    /// <remarks>
    /// It only verifies. All of its input is public, so its time may depend on the input. Code that signs must not do that.
    /// </remarks>
    public static class Ed25519Verifier
    {
        /// <summary>The length of a public key in bytes.</summary>
        public const int KeyBytes = 32;

        /// <summary>The length of a signature in bytes.</summary>
        public const int SignatureBytes = 64;

        /// <summary>
        /// Whether the owner of <paramref name="publicKey"/> signed <paramref name="message"/>. False also for a key or a
        /// signature of another length, and for a key that is no point of the curve.
        /// </summary>
        public static bool IsSignedBy(byte[] publicKey, byte[] message, byte[] signature)
        {
            if (publicKey == null) throw new ArgumentNullException("publicKey");
            if (message == null) throw new ArgumentNullException("message");
            if (signature == null) throw new ArgumentNullException("signature");
            if (publicKey.Length != KeyBytes || signature.Length != SignatureBytes) return false;
            CurvePoint? key = CurvePoint.Decode(publicKey);
            if (key == null || !Scalar.IsReduced(signature, KeyBytes)) return false;
            var proof = new byte[KeyBytes];
            Array.Copy(signature, KeyBytes, proof, 0, KeyBytes);
            // R = S * Base - k * A, compared by its 32 bytes.
            CurvePoint expected = CurvePoint.Sum(proof, CurvePoint.Base, Scalar.Reduce(Hash(publicKey, message, signature)), key.Negated());
            byte[] encoded = expected.Encode();
            for (int i = 0; i < KeyBytes; i++)
            {
                if (encoded[i] != signature[i]) return false;
            }
            return true;
        }

        private static byte[] Hash(byte[] publicKey, byte[] message, byte[] signature)
        {
            var hashed = new byte[KeyBytes + KeyBytes + message.Length];
            Array.Copy(signature, hashed, KeyBytes);
            publicKey.CopyTo(hashed, KeyBytes);
            message.CopyTo(hashed, KeyBytes + KeyBytes);
            // Not SHA512.Create(): it looks for the class by its name, and IL2CPP may have stripped that class.
            using (var sha = new SHA512Managed()) return sha.ComputeHash(hashed);
        }
    }
}
