//! Complex exponentials, logarithms and powers that agree bit for bit between native code and WebAssembly.
//!
//! The arithmetic is `num-complex`'s; only the transcendental functions are defined here, on top of `libm`, because
//! those of the platform differ in the last bits.

pub use num_complex::Complex64;

/// A real number as a complex one.
#[inline]
pub fn real(x: f64) -> Complex64 {
    Complex64::new(x, 0.0)
}

/// e^z.
#[inline]
pub fn exp(z: Complex64) -> Complex64 {
    let modulus = libm::exp(z.re);
    let (sin, cos) = libm::sincos(z.im);
    Complex64::new(modulus * cos, modulus * sin)
}

/// The principal natural logarithm of z.
#[inline]
pub fn ln(z: Complex64) -> Complex64 {
    Complex64::new(0.5 * libm::log(z.norm_sqr()), libm::atan2(z.im, z.re))
}

/// z raised to a real power, principal branch.
#[inline]
pub fn powf(z: Complex64, power: f64) -> Complex64 {
    exp(ln(z) * power)
}

/// z raised to a whole power, by repeated squaring.
#[inline]
pub fn powu(z: Complex64, power: u32) -> Complex64 {
    let mut result = real(1.0);
    let mut square = z;
    let mut left = power;
    while left > 0 {
        if left & 1 == 1 {
            result *= square;
        }
        left >>= 1;
        if left > 0 {
            square *= square;
        }
    }
    result
}

/// The principal square root of z.
#[inline]
pub fn sqrt(z: Complex64) -> Complex64 {
    let modulus = libm::sqrt(z.norm_sqr());
    let re = libm::sqrt(0.5 * (modulus + z.re).max(0.0));
    let im = libm::sqrt(0.5 * (modulus - z.re).max(0.0));
    Complex64::new(re, if z.im < 0.0 { -im } else { im })
}

/// 1 / z, without the overflow guards that the ranges met in transforms never need.
#[inline]
pub fn inverse(z: Complex64) -> Complex64 {
    let scale = 1.0 / z.norm_sqr();
    Complex64::new(z.re * scale, -z.im * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_roots_and_logarithms_agree_with_each_other() {
        let z = Complex64::new(0.7, -2.3);
        assert!((powu(z, 5) - powf(z, 5.0)).norm_sqr() < 1e-24);
        assert!((sqrt(z) * sqrt(z) - z).norm_sqr() < 1e-28);
        assert!((exp(ln(z)) - z).norm_sqr() < 1e-28);
        assert!((inverse(z) * z - real(1.0)).norm_sqr() < 1e-30);
        assert_eq!(powu(z, 0), real(1.0));
    }
}
