#nullable enable
namespace AdventureBotLobby.Hosting
{
    /// <summary>
    /// A point of edwards25519, -x^2 + y^2 = 1 + d x^2 y^2, in extended coordinates: x = X / Z, y = Y / Z, xy = T / Z. The
    /// formulas are those of RFC 8032, section 5.1.4.
    /// </summary>
    internal sealed class CurvePoint
    {
        private static readonly FieldElement _one = FieldElement.Of(1);
        private static readonly FieldElement _d = (FieldElement.Of(0) - FieldElement.Of(121665)) * FieldElement.Of(121666).Inverse();
        private static readonly FieldElement _twiceD = _d + _d;

        /// <summary>A square root of -1: 2^((p - 1) / 4), which is 2 * (2^((p - 5) / 8))^2.</summary>
        private static readonly FieldElement _rootOfMinusOne = FieldElement.Of(2).ToRootPower().Squared() * FieldElement.Of(2);

        private readonly FieldElement _x;
        private readonly FieldElement _y;
        private readonly FieldElement _z;
        private readonly FieldElement _t;

        private CurvePoint(FieldElement x, FieldElement y, FieldElement z, FieldElement t)
        {
            _x = x;
            _y = y;
            _z = z;
            _t = t;
        }

        /// <summary>The base point: y = 4 / 5, x even.</summary>
        public static readonly CurvePoint Base = Of(FieldElement.Of(4) * FieldElement.Of(5).Inverse(), false)!;

        private static CurvePoint Zero()
        {
            return new CurvePoint(FieldElement.Of(0), _one, _one, FieldElement.Of(0));
        }

        /// <summary>The point that 32 bytes encode; null if there is none, or if y is not below p.</summary>
        public static CurvePoint? Decode(byte[] encoded)
        {
            FieldElement y = FieldElement.Decode(encoded);
            byte[] canonical = y.Encode();
            for (int i = 0; i < canonical.Length; i++)
            {
                int given = i == 31 ? encoded[i] & 0x7f : encoded[i];
                if (given != canonical[i]) return null;
            }
            return Of(y, (encoded[31] & 0x80) != 0);
        }

        /// <summary>one * <paramref name="p"/> + other * <paramref name="q"/>, bit by bit for both at once. Scalars have 32 bytes.</summary>
        public static CurvePoint Sum(byte[] one, CurvePoint p, byte[] other, CurvePoint q)
        {
            CurvePoint both = p.Plus(q), sum = Zero();
            for (int bit = 255; bit >= 0; bit--)
            {
                sum = sum.Doubled();
                bool ofP = Bit(one, bit), ofQ = Bit(other, bit);
                if (ofP && ofQ) sum = sum.Plus(both);
                else if (ofP) sum = sum.Plus(p);
                else if (ofQ) sum = sum.Plus(q);
            }
            return sum;
        }

        public CurvePoint Negated()
        {
            FieldElement zero = FieldElement.Of(0);
            return new CurvePoint(zero - _x, _y, _z, zero - _t);
        }

        public byte[] Encode()
        {
            FieldElement inverse = _z.Inverse();
            byte[] encoded = (_y * inverse).Encode();
            if ((_x * inverse).IsOdd()) encoded[31] |= 0x80;
            return encoded;
        }

        private static bool Bit(byte[] number, int bit)
        {
            return ((number[bit / 8] >> (bit % 8)) & 1) != 0;
        }

        /// <summary>x is a root of (y^2 - 1) / (d y^2 + 1): of the two the one that is odd or even.</summary>
        private static CurvePoint? Of(FieldElement y, bool isOdd)
        {
            FieldElement u = y.Squared() - _one, v = _d * y.Squared() + _one;
            FieldElement v3 = v.Squared() * v;
            // (u / v)^((p + 3) / 8) without a division: u v^3 (u v^7)^((p - 5) / 8).
            FieldElement x = u * v3 * (u * v3.Squared() * v).ToRootPower();
            if (!(v * x.Squared() - u).IsZero()) x = x * _rootOfMinusOne;
            if (!(v * x.Squared() - u).IsZero()) return null;
            if (x.IsZero() && isOdd) return null;
            if (x.IsOdd() != isOdd) x = FieldElement.Of(0) - x;
            return new CurvePoint(x, y, _one, x * y);
        }

        private CurvePoint Plus(CurvePoint other)
        {
            FieldElement a = (_y - _x) * (other._y - other._x), b = (_y + _x) * (other._y + other._x);
            FieldElement c = _t * _twiceD * other._t, d = _z * (other._z + other._z);
            FieldElement e = b - a, f = d - c, g = d + c, h = b + a;
            return new CurvePoint(e * f, g * h, f * g, e * h);
        }

        private CurvePoint Doubled()
        {
            FieldElement a = _x.Squared(), b = _y.Squared(), zz = _z.Squared();
            FieldElement h = a + b, e = h - (_x + _y).Squared();
            FieldElement g = a - b, f = zz + zz + g;
            return new CurvePoint(e * f, g * h, f * g, e * h);
        }
    }
}
