SELECT formatQuerySingleLineOrNull({sql:String})
