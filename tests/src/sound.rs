//! Whether a recording holds certain words: compares how loud it is over time with the same words spoken by the same
//! program. That survives the telephone's narrow band and its coding, which a comparison of samples would not.

/// Sound as one number per 20 ms: the root mean square.
pub fn loudness(samples: &[i16], rate: u32) -> Vec<f64> {
    let frame = usize::try_from(rate / 50).expect("a frame is small");
    samples
        .chunks_exact(frame)
        .map(|frame| {
            let sum: f64 = frame.iter().map(|sample| f64::from(*sample).powi(2)).sum();
            (sum / frame.len() as f64).sqrt()
        })
        .collect()
}

/// Loudness without the silence before and after.
pub fn voiced(loudness: &[f64]) -> &[f64] {
    let loudest = loudness.iter().copied().fold(0.0, f64::max);
    let loud = |value: &f64| *value > loudest / 20.0;
    match (loudness.iter().position(loud), loudness.iter().rposition(loud)) {
        (Some(first), Some(last)) if loudest > 0.0 => &loudness[first..=last],
        _ => &[],
    }
}

/// How well `words` fit into `recording` at the place where they fit best: 1 is perfectly, 0 not at all.
pub fn likeness(recording: &[f64], words: &[f64]) -> f64 {
    if words.is_empty() || recording.len() < words.len() {
        return 0.0;
    }
    recording.windows(words.len()).map(|window| correlation(window, words)).fold(0.0, f64::max)
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut only_a, mut only_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        both += a * b;
        only_a += a * a;
        only_b += b * b;
    }
    let scale = (only_a * only_b).sqrt();
    if scale > 0.0 { both / scale } else { 0.0 }
}
