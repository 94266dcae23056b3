#nullable enable
namespace AdventureBotLobby.Hosting
{
    /// <summary>
    /// A number modulo p = 2^255 - 19, in ten limbs of 26 and 25 bits in turn, the lowest first. Limbs of a product are at most
    /// 2^25 in size, and those of a sum of four products 2^27. A product of two such sums needs 2^27 * 2^27 * 2 * 19 * 10 at
    /// most, which is below 2^63: so carries are needed after products alone.
    /// </summary>
    internal struct FieldElement
    {
        private const int Limbs = 10;

        private long[] _limbs;

        public static FieldElement Of(int small)
        {
            var limbs = new long[Limbs];
            limbs[0] = small;
            return new FieldElement { _limbs = limbs };
        }

        /// <summary>The low 255 bits of 32 bytes. The highest bit is the sign of a point's x, and left out.</summary>
        public static FieldElement Decode(byte[] bytes)
        {
            var limbs = new long[Limbs];
            int first = 0;
            for (int i = 0; i < Limbs; i++)
            {
                int width = Width(i);
                for (int bit = first; bit < first + width && bit < 255; bit++)
                {
                    limbs[i] |= (long)((bytes[bit / 8] >> (bit % 8)) & 1) << (bit - first);
                }
                first += width;
            }
            return new FieldElement { _limbs = limbs };
        }

        public static FieldElement operator +(FieldElement one, FieldElement other)
        {
            var limbs = new long[Limbs];
            for (int i = 0; i < Limbs; i++) limbs[i] = one._limbs[i] + other._limbs[i];
            return new FieldElement { _limbs = limbs };
        }

        public static FieldElement operator -(FieldElement one, FieldElement other)
        {
            var limbs = new long[Limbs];
            for (int i = 0; i < Limbs; i++) limbs[i] = one._limbs[i] - other._limbs[i];
            return new FieldElement { _limbs = limbs };
        }

        public static FieldElement operator *(FieldElement one, FieldElement other)
        {
            long[] f = one._limbs, g = other._limbs;
            var limbs = new long[Limbs];
            for (int i = 0; i < Limbs; i++)
            {
                // Two odd limbs begin half a bit low each, so their product counts twice. 2^255 is 19.
                long even = f[i], odd = (i & 1) == 0 ? f[i] : 2 * f[i];
                for (int j = 0; j < Limbs; j++)
                {
                    long product = ((j & 1) == 0 ? even : odd) * g[j];
                    if (i + j < Limbs) limbs[i + j] += product;
                    else limbs[i + j - Limbs] += 19 * product;
                }
            }
            Carry(limbs);
            return new FieldElement { _limbs = limbs };
        }

        public FieldElement Squared()
        {
            return this * this;
        }

        /// <summary>This number to the power of 2^<paramref name="doublings"/>.</summary>
        public FieldElement SquaredTimes(int doublings)
        {
            FieldElement power = this;
            for (int i = 0; i < doublings; i++) power = power.Squared();
            return power;
        }

        /// <summary>To the power of 2^252 - 3, which is (p - 5) / 8: a step to the square root.</summary>
        public FieldElement ToRootPower()
        {
            return ToOnes(250).SquaredTimes(2) * this;
        }

        /// <summary>To the power of p - 2 = 2^255 - 21: one divided by this number; 0 for 0.</summary>
        public FieldElement Inverse()
        {
            // 2^255 - 21 = (2^250 - 1) * 2^5 + 11.
            FieldElement eleven = SquaredTimes(3) * Squared() * this;
            return ToOnes(250).SquaredTimes(5) * eleven;
        }

        public bool IsZero()
        {
            foreach (byte each in Encode())
            {
                if (each != 0) return false;
            }
            return true;
        }

        public bool IsOdd()
        {
            return (Encode()[0] & 1) != 0;
        }

        /// <summary>The number from 0 to p - 1 as 32 bytes, the lowest first.</summary>
        public byte[] Encode()
        {
            var limbs = (long[])_limbs.Clone();
            // After three rounds each limb is within its width, or barely negative in the lowest.
            for (int round = 0; round < 3; round++) Carry(limbs);
            // Adding p makes it positive, and then p is subtracted as long as it fits.
            limbs[0] += (1L << 26) - 19;
            for (int i = 1; i < Limbs; i++) limbs[i] += (1L << Width(i)) - 1;
            for (int round = 0; round < 2; round++) CarryFloor(limbs);
            for (int round = 0; round < 2; round++) SubtractPrimeIfItFits(limbs);
            var bytes = new byte[32];
            int first = 0;
            for (int i = 0; i < Limbs; i++)
            {
                for (int bit = 0; bit < Width(i); bit++)
                {
                    bytes[(first + bit) / 8] |= (byte)(((limbs[i] >> bit) & 1) << ((first + bit) % 8));
                }
                first += Width(i);
            }
            return bytes;
        }

        /// <summary>To the power of 2^count - 1, by doubling the length of the exponent's run of ones.</summary>
        private FieldElement ToOnes(int count)
        {
            if (count == 1) return this;
            FieldElement half = ToOnes(count / 2);
            FieldElement both = half.SquaredTimes(count / 2) * half;
            return count % 2 == 0 ? both : both.Squared() * this;
        }

        private static int Width(int limb)
        {
            return (limb & 1) == 0 ? 26 : 25;
        }

        /// <summary>Carries to the nearest, so that limbs stay small and may be negative.</summary>
        private static void Carry(long[] limbs)
        {
            for (int round = 0; round < 2; round++)
            {
                for (int i = 0; i < Limbs; i++)
                {
                    int width = Width(i);
                    long carried = (limbs[i] + (1L << (width - 1))) >> width;
                    limbs[i] -= carried << width;
                    if (i + 1 < Limbs) limbs[i + 1] += carried;
                    else limbs[0] += 19 * carried;
                }
            }
        }

        /// <summary>Carries downwards, so that limbs are not negative.</summary>
        private static void CarryFloor(long[] limbs)
        {
            for (int i = 0; i < Limbs; i++)
            {
                int width = Width(i);
                long carried = limbs[i] >> width;
                limbs[i] -= carried << width;
                if (i + 1 < Limbs) limbs[i + 1] += carried;
                else limbs[0] += 19 * carried;
            }
        }

        private static void SubtractPrimeIfItFits(long[] limbs)
        {
            var less = (long[])limbs.Clone();
            // The number plus 19 has a bit 255 if and only if it is at least p.
            less[0] += 19;
            for (int i = 0; i < Limbs; i++)
            {
                int width = Width(i);
                long carried = less[i] >> width;
                less[i] -= carried << width;
                if (i + 1 < Limbs) less[i + 1] += carried;
                else if (carried == 0) return;
            }
            less.CopyTo(limbs, 0);
        }
    }
}
