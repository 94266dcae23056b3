#nullable enable
namespace AdventureBotLobby.Hosting
{
    /// <summary>Numbers below the order of the base point, L = 2^252 + 27742317777372353535851937790883648493, as 32 bytes, the lowest first.</summary>
    internal static class Scalar
    {
        private const int Words = 8;

        /// <summary>L in words of 32 bits, the lowest first.</summary>
        private static readonly uint[] _order =
        {
            0x5cf5d3ed, 0x5812631a, 0xa2f79cd6, 0x14def9de, 0, 0, 0, 0x10000000,
        };

        /// <summary>Whether the 32 bytes from <paramref name="offset"/> on are a number below L, as a valid signature has.</summary>
        public static bool IsReduced(byte[] bytes, int offset)
        {
            var number = new uint[Words];
            for (int i = 0; i < 4 * Words; i++) number[i / 4] |= (uint)bytes[offset + i] << (8 * (i % 4));
            return !IsAtLeastOrder(number);
        }

        /// <summary>A number of any length, modulo L.</summary>
        public static byte[] Reduce(byte[] number)
        {
            var rest = new uint[Words];
            for (int bit = 8 * number.Length - 1; bit >= 0; bit--)
            {
                // Below 2L after the step, which is less than 2^254: no bit is lost.
                uint carried = (uint)(number[bit / 8] >> (bit % 8)) & 1;
                for (int i = 0; i < Words; i++)
                {
                    uint next = rest[i] >> 31;
                    rest[i] = (rest[i] << 1) | carried;
                    carried = next;
                }
                if (IsAtLeastOrder(rest)) SubtractOrder(rest);
            }
            var bytes = new byte[4 * Words];
            for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)(rest[i / 4] >> (8 * (i % 4)));
            return bytes;
        }

        private static bool IsAtLeastOrder(uint[] number)
        {
            for (int i = Words - 1; i >= 0; i--)
            {
                if (number[i] != _order[i]) return number[i] > _order[i];
            }
            return true;
        }

        private static void SubtractOrder(uint[] number)
        {
            long borrow = 0;
            for (int i = 0; i < Words; i++)
            {
                long difference = (long)number[i] - _order[i] + borrow;
                number[i] = unchecked((uint)difference);
                borrow = difference >> 32;
            }
        }
    }
}
