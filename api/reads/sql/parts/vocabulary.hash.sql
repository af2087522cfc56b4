substring(hash, 1, 6) = unhex({head:String}) AND substring(hash, 8, 1) = unhex({seventh:String})
    AND substring(hash, 10, 7) = unhex({tail:String})
