/// Facts with which the comparison of two runs reaches the reports.
public enum ComparisonFact {
    /// The response times against those of the baseline, in words.
    public static let responseTimes = "comparison.response_times"
}
