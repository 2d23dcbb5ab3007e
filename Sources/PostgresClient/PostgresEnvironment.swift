/// The environment variables by which libpq is steered: where to connect, as whom, with which files, and what the session
/// is set to (PostgreSQL manual, "Environment Variables").
///
/// A verdict must not hang on a variable, and most of them cannot be overruled by a parameter: an empty one counts as absent,
/// and some have none. Newer versions have more of them, so all that begin as theirs do are taken out.
public enum PostgresEnvironment {
    /// Whether libpq, now or in a later version, may read the variable.
    public static func owns(_ variable: String) -> Bool { variable.hasPrefix("PG") }
}
